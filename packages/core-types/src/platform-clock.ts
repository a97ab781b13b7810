import type { Clock } from './clock.ts';

/** A platform's own clock, as its answers tell it. */
export interface PlatformClock {
  /** Takes note of the `Date` of an answer that has just come. */
  heard(date: string | null | undefined): void;
  /** In milliseconds since the epoch; `undefined` before the first answer. */
  now(): number | undefined;
}

/** `Date` is cut to the second, and its answer is on its way for a while: nearer than this, our own clock is the finer one. */
const nearMs = 5_000;

/** Tells a clock that was set wrong by how far a platform's is from it. One that is set between an answer and `now` is believed. */
export function platformClock(clock: Clock): PlatformClock {
  let aheadMs: number | undefined;

  return {
    heard(date) {
      const ms = Date.parse(date ?? '');
      if (!Number.isNaN(ms)) aheadMs = ms + 500 - clock.now();
    },
    now: () => (aheadMs === undefined ? undefined : clock.now() + (Math.abs(aheadMs) <= nearMs ? 0 : aheadMs)),
  };
}
