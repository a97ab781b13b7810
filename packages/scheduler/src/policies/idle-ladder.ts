import { type ContainerSpec, durationMs, type IdleDeed } from '@neb/core-types';

/** How far down its ladder a container is. */
export interface Idle {
  /** Since when it does nothing, in milliseconds since the epoch. */
  readonly since: number;
  /** How many steps were taken. */
  readonly steps: number;
}

/** What is to be done to it now, or when to look again; never where no step is left. */
export type Rung = { readonly do: IdleDeed; readonly after: string } | { readonly do: undefined; readonly afterMs: number | undefined };

/** The next step of a container that does nothing. One at a time, in order, however late it is looked at. Pure. */
export function nextRung(ladder: NonNullable<ContainerSpec['idle']>, { since, steps }: Idle, now: number): Rung {
  const next = ladder[steps];
  if (!next) return { do: undefined, afterMs: undefined };
  const leftMs = since + durationMs(next.after) - now;
  return leftMs > 0 ? { do: undefined, afterMs: leftMs } : { do: next.do, after: next.after };
}

/** How often a container is asked what it does: often enough for its first step to be in time, and no oftener. */
export function idleLookMs(ladder: NonNullable<ContainerSpec['idle']>): number {
  return Math.min(60_000, Math.max(5_000, durationMs(ladder[0]!.after) / 10));
}
