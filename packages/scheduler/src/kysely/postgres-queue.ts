import type { Kind } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import type { Lease, WorkQueue } from '../work/work-queue.ts';
import type { Signals } from './signals.ts';

/** A kind's queue in the `work` table. Times are the database's, so that replicas' clocks do not matter. Leases last `leaseMs`, a minute by default. */
export function postgresQueue<T>(db: Kysely<T>, kind: Kind, options: { readonly signals: Signals; readonly leaseMs?: number | undefined }): WorkQueue {
  const { signals, leaseMs = 60_000 } = options;
  let seen = 0;

  return {
    async add(key, afterMs = 0) {
      await sql`
        insert into work (kind, key, due_at) values (${kind}, ${key}, now() + ${afterMs} * interval '1 millisecond')
        on conflict (kind, key) do update set due_at = least(work.due_at, excluded.due_at)`.execute(db);
      signals.wrote('work');
    },
    async take(limit) {
      seen = signals.work.beats;
      const { rows } = await sql<Lease>`
        update work set token = gen_random_uuid()::text, lease_until = now() + ${leaseMs} * interval '1 millisecond', due_at = 'infinity'
        where kind = ${kind} and key in (
          select key from work where kind = ${kind} and ready_at <= now() order by ready_at limit ${sql.lit(limit)} for update skip locked)
        returning key, failures, token`.execute(db);
      return rows;
    },
    async nextDueMs() {
      const { rows } = await sql<{ ms: number }>`
        select greatest(0, extract(epoch from ready_at - now()) * 1000)::float8 as ms
        from work where kind = ${kind} and ready_at < 'infinity' order by ready_at limit 1`.execute(db);
      return rows[0]?.ms;
    },
    async release(leases) {
      if (leases.length === 0) return [];
      const rows = JSON.stringify(leases.map(({ lease, failed, againAfterMs }) => ({ key: lease.key, token: lease.token, failed, ms: againAfterMs })));
      const { rows: held } = await sql<{ key: string }>`
        update work w set token = null, lease_until = null, failures = case when v.failed then w.failures + 1 else 0 end,
          due_at = least(w.due_at, now() + v.ms * interval '1 millisecond')
        from jsonb_to_recordset(${rows}::text::jsonb) as v(key text, token text, failed boolean, ms float8)
        where w.kind = ${kind} and w.key = v.key and w.token = v.token
        returning w.key`.execute(db);
      const released = new Set(held.map((row) => row.key));
      return leases.map(({ lease }) => released.has(lease.key));
    },
    // From the last take on, so that what was added after it is not slept through.
    hint: (signal) => signals.work.next(seen, signal),
  };
}
