import type { Clock } from './clock.ts';

/** Token buckets: so many a second in the long run, and so many at once after a rest. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface Buckets {
  /** Takes `cost` from the bucket of `key`: 0, or where it holds too little how many milliseconds until it does, and nothing is taken. */
  take(key: string, cost?: number): number;
  /** What the bucket of `key` holds now. */
  left(key: string): number;
  /** How many keys are remembered. */
  readonly size: number;
}

/** Of those that are not among the last this many to ask nothing is remembered: their buckets are full again. */
const keysAtMost = 10_000;

/** A bucket a key. A cost beyond `burst` waits for a full bucket and empties it. */
export function buckets({ perSecond, burst }: Rate, clock: Clock): Buckets {
  const all = new Map<string, { left: number; at: number }>();

  function leftAt(key: string, now: number): number {
    const known = all.get(key);
    return known ? Math.min(burst, known.left + (Math.max(0, now - known.at) / 1_000) * perSecond) : burst;
  }

  return {
    take(key, cost = 1) {
      const now = clock.now();
      const left = leftAt(key, now);
      const wanted = Math.min(cost, burst);
      const short = wanted - left;
      // Put back at the end, so that the first of the map has asked for nothing for longest.
      all.delete(key);
      all.set(key, { left: short > 0 ? left : left - wanted, at: now });
      const oldest = all.size > keysAtMost ? all.keys().next() : undefined;
      if (oldest && !oldest.done) all.delete(oldest.value);
      return short > 0 ? Math.ceil((short / perSecond) * 1_000) : 0;
    },
    left: (key) => leftAt(key, clock.now()),
    get size() { return all.size; },
  };
}
