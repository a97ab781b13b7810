import { type ServiceStatus, timestamp, type Traffic } from '@neb/core-types';
import { present } from '../present.ts';

/** What passed since it was last written, for each service, in this process. */
export interface Tally {
  /** With what one more look saw. What passed before the first look is not counted, since nobody knows in how long. */
  add(id: string, seen: Traffic | undefined, now: number): NonNullable<ServiceStatus['traffic']> | undefined;
  /** Counts anew from `now`. */
  written(id: string, now: number): void;
  forget(id: string): void;
}

/** More latencies than these tell nothing more. */
const mostLatencies = 1_000;

interface Counted {
  readonly since: number;
  readonly lookedAt: number;
  readonly answered: number;
  readonly latenciesMs: readonly number[];
}

export function tally(): Tally {
  const counts = new Map<string, Counted>();
  return {
    add(id, seen, now) {
      if (!seen) return undefined;
      const before = counts.get(id);
      const { answered, latenciesMs, inFlight, waiting } = seen.gauge;
      // A quiet time before it says nothing of how much passes now.
      const since = before?.answered === 0 ? before.lookedAt : before?.since ?? now;
      const counted = { since, lookedAt: now, answered: before ? before.answered + answered : 0, latenciesMs: [...(before?.latenciesMs ?? []), ...latenciesMs].slice(-mostLatencies) };
      counts.set(id, counted);
      const sorted = counted.latenciesMs.toSorted((a, b) => a - b);
      const percentile = (share: number): number | undefined => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
      const seconds = Math.max(now - counted.since, 1) / 1_000;
      return present({ at: timestamp(now), rps: Math.round((counted.answered / seconds) * 100) / 100, in_flight: inFlight, waiting, p50_ms: percentile(0.5), p95_ms: percentile(0.95) });
    },
    written: (id, now) => void counts.set(id, { since: now, lookedAt: now, answered: 0, latenciesMs: [] }),
    forget: (id) => void counts.delete(id),
  };
}
