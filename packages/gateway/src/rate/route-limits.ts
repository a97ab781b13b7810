import { type Buckets, buckets, type Clock, type RequestRate, type Route } from '@neb/core-types';

/** Whether a request is within its route's rate, and what is left of it. */
export interface RateVerdict {
  readonly isWithin: boolean;
  readonly rate: RequestRate;
  /** Whole requests that may still come at once. */
  readonly left: number;
  /** Until the next may come: 0 where one may now. */
  readonly waitMs: number;
  /** Until as many may come at once as ever. */
  readonly fullMs: number;
}

/** The rates of all routes, counted in this process. */
export interface RouteLimits {
  /** Counts a request of `caller`, unless it is beyond the rate; `undefined` for a route without one. */
  take(route: Pick<Route, 'id' | 'rate'>, caller: string): RateVerdict | undefined;
  /** Of a route that is gone nothing is remembered. */
  forget(id: string): void;
  /** How many callers are remembered: of each route at most the last 10,000 that asked. */
  readonly size: number;
}

/** A route whose rate changes begins anew; one that is only told again does not. */
export function routeLimits(clock: Clock): RouteLimits {
  const all = new Map<string, { readonly rate: RequestRate; readonly buckets: Buckets }>();

  function bucketsOf(id: string, rate: RequestRate): Buckets {
    const known = all.get(id);
    if (known && known.rate.perSecond === rate.perSecond && known.rate.burst === rate.burst && known.rate.per === rate.per) return known.buckets;
    const made = buckets(rate, clock);
    all.set(id, { rate, buckets: made });
    return made;
  }

  return {
    take({ id, rate }, caller) {
      if (!rate) {
        all.delete(id);
        return undefined;
      }
      const counted = bucketsOf(id, rate);
      // No caller is called so: the names of people and keys are not empty.
      const key = rate.per === 'caller' ? caller : '';
      const waitMs = counted.take(key);
      const left = counted.left(key);
      return { isWithin: waitMs === 0, rate, left: Math.floor(left), waitMs, fullMs: Math.ceil(((rate.burst - left) / rate.perSecond) * 1_000) };
    },
    forget(id) {
      all.delete(id);
    },
    get size() {
      let size = 0;
      for (const { buckets } of all.values()) size += buckets.size;
      return size;
    },
  };
}
