import type { Clock, FactFeed, FindUsageObject, RunFeed } from '@neb/core-types';
import type { Kysely } from 'kysely';
import { ledger } from '../ledger/ledger.ts';
import { followDoors } from './follow-doors.ts';
import { followRuns } from './follow-runs.ts';
import { type Periods, usualPeriods } from './run-facts.ts';

export interface BillingOptions {
  /** Which `migrateBilling` has seen. */
  readonly db: Kysely<unknown>;
  readonly runs: RunFeed;
  /** What gateways counted, each with what its facts are of. */
  readonly doors?: readonly FactFeed[] | undefined;
  readonly find: FindUsageObject;
  readonly clock: Clock;
  readonly periods?: Partial<Periods> | undefined;
  /** Something could not be reached, and is tried again. */
  readonly onTrouble?: ((what: string, error: unknown) => void) | undefined;
}

/** What fills the ledger. */
export interface Billing {
  /** Writes usage as it comes about until `signal` aborts. Any number of processes may run on one database. Never rejects. */
  run(call: { readonly signal: AbortSignal }): Promise<void>;
}

export function billing({ db, runs, doors = [], find, clock, periods, onTrouble = () => undefined }: BillingOptions): Billing {
  const book = ledger(db);
  return {
    async run({ signal }) {
      await Promise.all([
        followRuns({ db, feed: runs, clock, onTrouble, ...usualPeriods, ...periods }, signal),
        ...doors.map((feed) => followDoors({ ledger: book, feed, find, clock, onTrouble }, signal)),
      ]);
    },
  };
}
