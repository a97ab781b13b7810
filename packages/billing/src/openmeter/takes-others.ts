import { isNebError } from '@neb/core-types';
import type { Kysely } from 'kysely';
import type { Ledger } from '../ledger/ledger.ts';
import type { Placed } from './batches.ts';
import type { OpenmeterClient } from './client.ts';
import { eventOf } from './event.ts';
import { undeliveredAfter } from './progress.ts';

export interface TakesOthersOptions {
  readonly ledger: Pick<Ledger, 'since'>;
  readonly db: Kysely<unknown>;
  readonly client: OpenmeterClient;
  readonly source: string;
  readonly nowMs: number;
}

/** OpenMeter remembers ids for 32 days: what was sent longer ago must not be sent again. */
const knownMs = 7 * 86_400_000;
const few = 8;
const page = 1_000;

/**
 * Whether OpenMeter takes events beside a batch of which it takes none: then they are at fault, and it is no other thing
 * that answers in its place. Tried with those that follow, which are to be sent anyway, and with one that it has already.
 */
export async function takesOthers(batch: readonly Placed[], { ledger, db, client, source, nowMs }: TakesOthersOptions, signal: AbortSignal): Promise<boolean> {
  const [first, last] = [batch[0]!.position, batch.at(-1)!.position];
  const ahead = (await ledger.since(last, page)).flatMap(({ fact }) => eventOf(fact, source) ?? []);
  // Of those that are alike one says as much as all.
  const following = [...new Map(ahead.map((event) => [`${event.type} ${event.subject}`, event])).values()];
  const start = Math.max(0, first - 1 - page);
  const refused = new Set((await undeliveredAfter(db, start)).map(({ position }) => position));
  const delivered = (await ledger.since(start, page)).flatMap(({ position, fact }) => (position < first && !refused.has(position) && Date.parse(fact.from) > nowMs - knownMs ? (eventOf(fact, source) ?? []) : []));
  for (const event of [...following.slice(0, few), ...delivered.slice(-1)]) {
    try {
      await client.ingest([event], { signal });
      return true;
    } catch (error) {
      if (!isNebError(error, 'invalid')) throw error;
    }
  }
  return false;
}
