import type { PressurePolicy } from './pressure-policy.ts';
import type { ScalingState } from './watch.ts';

const closeMs = 1_000;
const usualMs = 2_000;
/** Somebody is there, and nothing came for a while. */
const quietMs = 10_000;
/** Nobody is there, and what comes wakes it. */
export const asleepMs = 300_000;
const soonestMs = 50;

export interface Outlook {
  readonly policy: PressurePolicy & { readonly zero: { readonly holdMs: number } };
  readonly now: number;
  readonly state: ScalingState;
  readonly desired: number;
}

/** When to look next, in milliseconds: often while something goes on, to the moment when a time is up, and seldom while nobody is there for whom nothing waits. Pure. */
export function nextLook({ policy: { min, up, down, zero }, now, state, desired }: Outlook): number {
  if (desired === 0 && state.seen.working === 0 && state.idleSince !== undefined) return asleepMs;
  const { above, below, idleSince } = state;
  const isFewest = desired <= Math.max(min, 1);
  const ends = [above && above.since + up.holdMs, isFewest ? undefined : below && below.since + down.holdMs, min > 0 || idleSince === undefined ? undefined : idleSince + zero.holdMs];
  return lookIn(ends, { now, isClose: above !== undefined || desired !== state.desired });
}

/** When to look next while somebody is there: often where it is to be watched closely, seldom where nothing comes, and at the first moment to come when a time is up. Pure. */
export function lookIn(ends: readonly (number | undefined)[], { now, isClose, isQuiet = false }: { readonly now: number; readonly isClose: boolean; readonly isQuiet?: boolean }): number {
  const leftMs = ends.filter((end) => end !== undefined).map((end) => end - now).filter((ms) => ms > 0);
  return Math.max(soonestMs, Math.min(isClose ? closeMs : isQuiet ? quietMs : usualMs, ...leftMs));
}
