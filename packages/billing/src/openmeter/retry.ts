import { isNebError } from '@neb/core-types';
import type { Kysely } from 'kysely';
import type { Ledger } from '../ledger/ledger.ts';
import type { OpenmeterClient } from './client.ts';
import { eventOf } from './event.ts';
import { forgetUndelivered, undeliveredAfter } from './progress.ts';

export interface RetryOptions {
  readonly ledger: Pick<Ledger, 'since'>;
  /** Of the ledger. */
  readonly db: Kysely<unknown>;
  readonly client: OpenmeterClient;
  /** As for `deliver`. */
  readonly source: string;
}

export interface Retried {
  /** How many facts that it refused before it has taken now, and how many it refuses still. */
  readonly delivered: number;
  readonly undelivered: number;
}

/** Sends again what OpenMeter refused. What it takes is forgotten here once it has it; a crash between the two sends it again, and its id tells. */
export async function retryRefused({ db, ledger, client, source }: RetryOptions, call: { readonly signal?: AbortSignal | undefined } = {}): Promise<Retried> {
  let [delivered, undelivered] = [0, 0];
  for (let page = await undeliveredAfter(db, 0); page.length > 0; page = await undeliveredAfter(db, page.at(-1)!.position)) {
    for (const { position } of page) {
      const [record] = await ledger.since(position - 1, 1);
      try {
        await client.ingest([eventOf(record!.fact, source)!], call);
        await forgetUndelivered(db, position);
        delivered++;
      } catch (error) {
        if (!isNebError(error, 'invalid')) throw error;
        undelivered++;
      }
    }
  }
  return { delivered, undelivered };
}
