import type { Clock, FactFeed, FindUsageObject, RunFeed, StreamFeed } from '@neb/core-types';
import type { Kysely } from 'kysely';
import { ledger } from '../ledger/ledger.ts';
import { followDoors } from './follow-doors.ts';
import { followRuns } from './follow-runs.ts';
import { followStreams } from './follow-streams.ts';
import { type Periods, usualPeriods } from './run-facts.ts';

export interface BillingOptions {
  /** Which `migrateBilling` has seen. */
  readonly db: Kysely<unknown>;
  readonly runs: RunFeed;
  /** What gateways counted, each with what its facts are of. */
  readonly doors?: readonly FactFeed[] | undefined;
  /** What workers of processors handled; none if absent. */
  readonly streams?: StreamFeed | undefined;
  readonly find: FindUsageObject;
  readonly clock: Clock;
  readonly periods?: Partial<Periods> | undefined;
  /** How long messages of one processor are gathered into one fact: 10,000 by default. */
  readonly gatherMs?: number | undefined;
  /** Something could not be reached, and is tried again. */
  readonly onTrouble?: ((what: string, error: unknown) => void) | undefined;
}

/** What fills the ledger. */
export interface Billing {
  /** Writes usage as it comes about until `signal` aborts. Any number of processes may run on one database. Never rejects. */
  run(call: { readonly signal: AbortSignal }): Promise<void>;
}

export function billing({ db, runs, doors = [], streams, find, clock, periods, gatherMs = 10_000, onTrouble = () => undefined }: BillingOptions): Billing {
  const book = ledger(db);
  return {
    async run({ signal }) {
      await Promise.all([
        followRuns({ db, feed: runs, clock, onTrouble, ...usualPeriods, ...periods }, signal),
        ...(streams ? [followStreams({ db, feed: streams, clock, gatherMs, onTrouble }, signal)] : []),
        ...doors.map((feed) => followDoors({ ledger: book, feed, find, clock, onTrouble }, signal)),
      ]);
    },
  };
}
