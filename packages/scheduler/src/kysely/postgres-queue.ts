import type { Kind } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import type { WorkQueue } from '../work/work-queue.ts';
import { type Operation, releaseOperation, takeOperation } from './operations.ts';
import type { Signals } from './signals.ts';
import { rowsOf } from './trouble.ts';

export interface QueueParts {
  readonly db: Kysely<unknown>;
  readonly signals: Signals;
  readonly write: <A>(operation: Operation<A>) => Promise<A>;
  readonly wake: (kind: Kind, key: string, afterMs: number) => Promise<void>;
  readonly leaseMs: number;
}

/** A kind's queue in the `work` table. Times are the database's, so that replicas' clocks do not matter. */
export function postgresQueue(kind: Kind, { db, signals, write, wake, leaseMs }: QueueParts): WorkQueue {
  const due = signals.on(kind);
  let hinted = due.beats;

  return {
    add: (key, afterMs = 0) => wake(kind, key, afterMs),
    take: (limit) => write(takeOperation(kind, limit, leaseMs)),
    leaseMs,
    async renew(leases) {
      const [keys, tokens] = [leases.map(({ key }) => key), leases.map(({ token }) => token)];
      // In one order, as all that lock several rows.
      await rowsOf(db, sql`
        with held as (
          select id from work where kind = ${kind} and key = any(${keys}::text[]) and token = any(${tokens}::text[]) order by id for update)
        update work set lease_until = now() + ${leaseMs} * interval '1 millisecond', ready_at = now() + ${leaseMs} * interval '1 millisecond'
        where id in (select id from held)`);
    },
    async nextDueMs() {
      const [next] = await rowsOf(db, sql<{ ms: number }>`
        select greatest(0, extract(epoch from ready_at - now()) * 1000)::float8 as ms
        from work where kind = ${kind} and ready_at < 'infinity' order by ready_at limit 1`);
      return next?.ms;
    },
    async release(leases) {
      if (leases.length === 0) return [];
      const answers = await write(releaseOperation(kind, leases));
      if (answers.includes('due')) signals.sayHere(kind);
      return answers.map((answer) => answer !== 'lost');
    },
    async hint(signal) {
      await due.next(hinted, signal);
      hinted = due.beats;
    },
  };
}
