import type { Bought } from '../crashes/clouds.ts';

/** A stretch of true time, in milliseconds since the epoch; without an end while it lasts. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number | undefined;
}

/** What really became of an instance, as somebody saw it who looked at the cloud at every moment. */
export interface Truth {
  readonly ref: string;
  /** Of the attempt that it was bought for. */
  readonly key: string;
  readonly perHour: string | undefined;
  /** While the cloud asked for it: once for good, or again and again where it was suspended. */
  readonly cost: readonly Stretch[];
  /** While it worked; never for a launch that came to nothing. */
  readonly work: readonly Stretch[];
}

/** Writes down what is true. */
export interface Witness {
  look(nowMs: number, bought: readonly Bought[]): void;
  readonly seen: ReadonlyMap<string, Truth>;
}

export function witness(): Witness {
  const seen = new Map<string, Truth>();
  return {
    seen,
    look(nowMs, bought) {
      const there = new Map(bought.map((one) => [one.ref, one]));
      for (const { ref, key, perHour } of bought) if (!seen.has(ref)) seen.set(ref, { ref, key, perHour, cost: [], work: [] });
      for (const [ref, truth] of seen) {
        const { costs = false, works = false } = there.get(ref) ?? {};
        seen.set(ref, { ...truth, cost: goneOn(truth.cost, costs, nowMs), work: goneOn(truth.work, works, nowMs) });
      }
    },
  };
}

function goneOn(stretches: readonly Stretch[], goesOn: boolean, nowMs: number): readonly Stretch[] {
  const last = stretches.at(-1);
  if (!last || last.toMs !== undefined) return goesOn ? [...stretches, { fromMs: nowMs, toMs: undefined }] : stretches;
  return goesOn ? stretches : [...stretches.slice(0, -1), { ...last, toMs: nowMs }];
}
