import { type Backoff, type Clock, doubling, isNebError, jittered, messageOf, NebError, newId, type Random, systemClock, systemRandom } from '@neb/core-types';
import type { Kysely } from 'kysely';
import type { Ledger, PlacedRecord } from '../ledger/ledger.ts';
import { type BatchLimits, batchesOf, type Placed } from './batches.ts';
import type { OpenmeterClient } from './client.ts';
import { eventOf } from './event.ts';
import { type Progress, progress, type Undelivered } from './progress.ts';
import { takesOthers } from './takes-others.ts';

export interface DeliverOptions {
  readonly ledger: Pick<Ledger, 'since'>;
  /** Of the ledger. */
  readonly db: Kysely<unknown>;
  readonly client: OpenmeterClient;
  /** What OpenMeter is told as the events' source; with a fact's id it tells what came before. Never change it. */
  readonly source: string;
  /** Resolves when facts may have been appended since it was last asked, or when its signal aborts. Without it the ledger is looked at every `idleMs` only. */
  readonly hint?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** How long hints are trusted; 30,000 by default. */
  readonly idleMs?: number | undefined;
  /** How long a server that died keeps others from delivering; longer than an answer takes. 90,000 by default. */
  readonly leaseMs?: number | undefined;
  readonly batch?: BatchLimits | undefined;
  /** The machine's own by default. */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Told each time that something is in the way; it is tried again. */
  readonly onTrouble?: ((error: unknown) => void) | undefined;
  /** Told of facts that OpenMeter refuses, each by itself, and that are put aside. */
  readonly onRefused?: ((refused: readonly Undelivered[]) => void) | undefined;
}

const again: Backoff = { firstMs: 1_000, maxMs: 300_000 };

/**
 * Sends the ledger's facts to OpenMeter until the signal aborts, for as long as it takes: each at least once and, since
 * its id tells, counted once. Of any number of servers on one database one sends at a time. Never rejects.
 */
export async function deliver(options: DeliverOptions, { signal }: { readonly signal: AbortSignal }): Promise<void> {
  const { db, clock = systemClock, random = systemRandom, idleMs = 30_000, leaseMs = 90_000, hint, onTrouble } = options;
  const held = progress(db, { holder: newId(random), leaseMs });
  const drain = draining(options, held, signal);
  let failures = 0;
  while (!signal.aborted) {
    try {
      const ended = await drain();
      failures = 0;
      if (ended === 'elsewhere') await clock.sleep(Math.min(leaseMs, idleMs), signal);
      else await hinted();
    } catch (error) {
      if (signal.aborted) break;
      onTrouble?.(error);
      await held.release(messageOf(error)).catch(() => {});
      await clock.sleep(waitMs(error, failures++), signal);
    }
  }
  // Where it cannot be given back, it ends by itself.
  await held.release().catch(() => {});

  async function hinted(): Promise<void> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    await Promise.race([...(hint ? [hint(either)] : []), clock.sleep(idleMs, either)]);
    over.abort();
  }

  /** What OpenMeter asks for at least; otherwise twice as long each time, give or take a fifth, so that servers do not come back together. */
  function waitMs(error: unknown, before: number): number {
    const asked = isNebError(error) ? (error.retryAfterMs ?? 0) : 0;
    return Math.max(asked, jittered(doubling(before, again), random));
  }
}

/** Sends what there is. Rejects with what is in the way. */
function draining({ ledger, db, client, source, batch: limits, clock = systemClock, onRefused }: DeliverOptions, held: Progress, signal: AbortSignal): () => Promise<'done' | 'elsewhere'> {
  /** Whether OpenMeter takes what it is sent from here, apart from what it refuses. */
  let takes = false;

  return async () => {
    if (!(await held.isBehind())) return 'done';
    let position = await held.hold();
    while (position !== undefined && !signal.aborted) {
      const records = await ledger.since(position);
      if (records.length === 0) {
        await held.release();
        return 'done';
      }
      position = await deliverPage(records);
    }
    return 'elsewhere';
  };

  async function deliverPage(records: readonly PlacedRecord[]): Promise<number | undefined> {
    const placed = records.flatMap(({ position, fact }) => {
      const event = eventOf(fact, source);
      return event ? [{ position, event }] : [];
    });
    const batches = batchesOf(placed, limits);
    for (const batch of batches.slice(0, -1)) if (!(await deliverBatch(batch, batch.at(-1)!.position))) return undefined;
    const last = records.at(-1)!.position;
    return (await deliverBatch(batches.at(-1) ?? [], last)) ? last : undefined;
  }

  /** Whether it is written down that all until `end` is done with. */
  async function deliverBatch(batch: readonly Placed[], end: number): Promise<boolean> {
    const refused = batch.length === 0 ? [] : await send(batch);
    // All at once may be no fault of theirs: something else may answer, and would have everything put aside.
    const isAll = refused.length === batch.length && batch.length > (takes ? 1 : 0);
    if (isAll && !(await takesOthers(batch, { ledger, db, client, source, nowMs: clock.now() }, signal))) throw new NebError('unavailable', `OpenMeter takes none of the next ${batch.length} events: ${refused[0]!.reason}`, { hint: 'See that OPENMETER_URL and its server are right; they are sent again by themselves, with those that follow.' });
    takes ||= batch.length > refused.length || isAll;
    if (!(await held.advance(end, refused))) return false;
    if (refused.length > 0) onRefused?.(refused);
    return true;
  }

  /** Halves what is refused until it is clear which events it is. */
  async function send(batch: readonly Placed[]): Promise<readonly Undelivered[]> {
    try {
      await client.ingest(batch.map(({ event }) => event), { signal });
      return [];
    } catch (error) {
      if (!isNebError(error, 'invalid')) throw error;
      if (batch.length === 1) return [{ position: batch[0]!.position, id: batch[0]!.event.id, reason: error.message }];
      await held.hold();
      const half = Math.ceil(batch.length / 2);
      return [...(await send(batch.slice(0, half))), ...(await send(batch.slice(half)))];
    }
  }
}
