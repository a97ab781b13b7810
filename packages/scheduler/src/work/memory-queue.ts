import { type Clock, newId, type Random } from '@neb/core-types';
import type { Lease, WorkQueue } from './work-queue.ts';

interface Entry {
  dueAt: number;
  failures: number;
  token: string | undefined;
  leaseUntil: number;
}

/** A queue in a Map, for one process: the reference for the contract. Leases last `leaseMs`, a minute by default. */
export function memoryQueue(clock: Clock, random: Random, leaseMs = 60_000): WorkQueue {
  const entries = new Map<string, Entry>();
  const listeners = new Set<() => void>();

  const readyAt = (entry: Entry): number => (entry.token === undefined ? entry.dueAt : entry.leaseUntil);

  return {
    async add(key, afterMs = 0) {
      const entry = entries.get(key) ?? { dueAt: Infinity, failures: 0, token: undefined, leaseUntil: Infinity };
      entry.dueAt = Math.min(entry.dueAt, clock.now() + afterMs);
      entries.set(key, entry);
      for (const listener of listeners) listener();
    },
    async take(limit) {
      const now = clock.now();
      const due = [...entries].filter(([, entry]) => readyAt(entry) <= now).sort(([, a], [, b]) => readyAt(a) - readyAt(b));
      return due.slice(0, limit).map(([key, entry]): Lease => {
        entry.token = newId(random);
        entry.leaseUntil = now + leaseMs;
        entry.dueAt = Infinity;
        return { key, failures: entry.failures, token: entry.token };
      });
    },
    async nextDueMs() {
      const next = Math.min(...[...entries.values()].map(readyAt));
      return next === Infinity ? undefined : Math.max(0, next - clock.now());
    },
    async release(leases) {
      return leases.map(({ lease, failed, againAfterMs }) => {
        const entry = entries.get(lease.key);
        if (entry?.token !== lease.token) return false;
        entry.token = undefined;
        entry.leaseUntil = Infinity;
        entry.failures = failed ? entry.failures + 1 : 0;
        if (againAfterMs !== undefined) entry.dueAt = Math.min(entry.dueAt, clock.now() + againAfterMs);
        if (entry.dueAt === Infinity && entry.failures === 0) entries.delete(lease.key);
        return true;
      });
    },
    hint: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const done = (): void => {
          listeners.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        listeners.add(done);
        signal.addEventListener('abort', done, { once: true });
      }),
  };
}
