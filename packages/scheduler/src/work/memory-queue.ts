import { type Clock, newId, type Random } from '@neb/core-types';
import { pulse } from '../pulse.ts';
import type { Lease, Released, WorkQueue } from './work-queue.ts';

interface Entry {
  dueAt: number;
  failures: number;
  held: { readonly token: string; readonly until: number } | undefined;
}

/** A queue in a Map, for one process: the reference for the contract. Leases last `leaseMs`, 15 s by default. */
export function memoryQueue(clock: Clock, random: Random, leaseMs = 15_000): WorkQueue {
  const entries = new Map<string, Entry>();
  const due = pulse();
  let hinted = 0;

  return {
    async add(key, afterMs = 0) {
      const entry = entries.get(key) ?? { dueAt: Infinity, failures: 0, held: undefined };
      entry.dueAt = Math.min(entry.dueAt, clock.now() + afterMs);
      entries.set(key, entry);
      due.beat();
    },
    async take(limit) {
      const now = clock.now();
      const ready = [...entries].filter(([, entry]) => readyAt(entry) <= now).sort(([, a], [, b]) => readyAt(a) - readyAt(b));
      return ready.slice(0, limit).map(([key, entry]): Lease => {
        const token = newId(random);
        entry.held = { token, until: now + leaseMs };
        entry.dueAt = Infinity;
        return { key, failures: entry.failures, token };
      });
    },
    leaseMs,
    async renew(leases) {
      for (const { key, token } of leases) {
        const entry = entries.get(key);
        if (entry?.held?.token === token) entry.held = { token, until: clock.now() + leaseMs };
      }
    },
    async nextDueMs() {
      const next = [...entries.values()].reduce((least, entry) => Math.min(least, readyAt(entry)), Infinity);
      return next === Infinity ? undefined : Math.max(0, next - clock.now());
    },
    async release(released) {
      return released.map(end);
    },
    async hint(signal) {
      await due.next(hinted, signal);
      hinted = due.beats;
    },
  };

  function end({ lease: { key, token }, failed, againAfterMs }: Released): boolean {
    const entry = entries.get(key);
    if (entry?.held?.token !== token) return false;
    entry.held = undefined;
    entry.failures = failed ? entry.failures + 1 : 0;
    if (againAfterMs !== undefined) entry.dueAt = Math.min(entry.dueAt, clock.now() + againAfterMs);
    if (entry.dueAt !== Infinity) due.beat();
    // A count of failures is worth keeping while the key rests; anything else is not.
    else if (entry.failures === 0) entries.delete(key);
    return true;
  }
}

/** When it may be leased: a held one only after its lease has run out. */
function readyAt(entry: Entry): number {
  return entry.held?.until ?? entry.dueAt;
}
