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
  /** While the cloud asked for it. */
  readonly cost: Stretch;
  /** While it worked; `undefined` for a launch that came to nothing. */
  readonly work: Stretch | undefined;
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
      for (const { ref, key, perHour } of bought) if (!seen.has(ref)) seen.set(ref, { ref, key, perHour, cost: { fromMs: nowMs, toMs: undefined }, work: undefined });
      for (const [ref, truth] of seen) {
        const { costs = false, works = false } = there.get(ref) ?? {};
        const begun = truth.work ?? (works ? { fromMs: nowMs, toMs: undefined } : undefined);
        seen.set(ref, { ...truth, cost: ended(truth.cost, costs, nowMs), work: begun && ended(begun, works, nowMs) });
      }
    },
  };
}

function ended(stretch: Stretch, goesOn: boolean, nowMs: number): Stretch {
  return goesOn || stretch.toMs !== undefined ? stretch : { ...stretch, toMs: nowMs };
}
