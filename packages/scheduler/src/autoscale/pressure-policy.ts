import { durationMs } from '@neb/core-types';
import { type Bounds, boundsOf, usualZeroMs } from './bounds.ts';
import { finite, whole } from './sample.ts';

/** When the number of a processor's workers changes. Pressure is counted in messages, durations in milliseconds. */
export interface PressurePolicy extends Bounds {
  readonly up: { readonly abovePressure: number; readonly holdMs: number };
  readonly down: { readonly belowPressure: number; readonly holdMs: number };
  /** How long there must have been nothing to do before no worker is kept. Without effect unless `min` is 0; absent then, 10 minutes. */
  readonly zero?: { readonly holdMs: number } | undefined;
}

/** What a Processor's manifest says of its scale. */
export interface ScaleSpec {
  readonly min_replicas?: number | undefined;
  readonly max_replicas?: number | undefined;
  readonly scale?: {
    readonly up?: { readonly above_pressure: number; readonly duration: string } | undefined;
    readonly down?: { readonly below_pressure: number; readonly duration: string } | undefined;
    readonly zero?: { readonly duration: string } | undefined;
  } | undefined;
}

const usual = { abovePressure: 100, upMs: 10_000, belowPressure: 10, downMs: 300_000 };

/**
 * The policy of a manifest. Where it is silent: 1 worker (0 where no more are allowed) to 10, or to `min_replicas` if that is more; up above 100 messages for 10 s, down below 10 for 5 minutes,
 * and to zero, if the fewest is 0, after 10 minutes. Of two thresholds the silent one is no nearer to the other than half of it. Pure.
 */
export function pressurePolicy({ min_replicas, max_replicas, scale = {} }: ScaleSpec): PressurePolicy {
  const { up, down, zero } = scale;
  const bounds = boundsOf({ min_replicas, max_replicas });
  const abovePressure = up?.above_pressure ?? Math.max(usual.abovePressure, 2 * (down?.below_pressure ?? 0));
  return {
    ...bounds,
    up: { abovePressure, holdMs: up ? durationMs(up.duration) : usual.upMs },
    down: { belowPressure: down?.below_pressure ?? Math.min(usual.belowPressure, abovePressure / 2), holdMs: down ? durationMs(down.duration) : usual.downMs },
    ...(bounds.min === 0 ? { zero: { holdMs: zero ? durationMs(zero.duration) : usualZeroMs } } : {}),
  };
}

/** The policy that is obeyed. Bounds and thresholds that contradict each other are no reason to flap: the most is the most, and what is above is not below. Pure. */
export function sane({ min, max, up, down, zero }: PressurePolicy): PressurePolicy & { readonly zero: { readonly holdMs: number } } {
  const abovePressure = finite(up.abovePressure);
  return {
    min: Math.min(whole(min), whole(max)),
    max: whole(max),
    up: { abovePressure, holdMs: finite(up.holdMs) },
    down: { belowPressure: Math.min(finite(down.belowPressure), abovePressure), holdMs: finite(down.holdMs) },
    zero: { holdMs: finite(zero?.holdMs ?? usualZeroMs) },
  };
}
