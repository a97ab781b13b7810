import { durationMs } from '@neb/core-types';

/** When the number of a processor's workers changes. Pressure is counted in messages, durations in milliseconds. */
export interface PressurePolicy {
  /** Fewest workers; with 0 it can scale to nothing. */
  readonly min: number;
  /** Most workers, whatever else is said. */
  readonly max: number;
  readonly up: { readonly abovePressure: number; readonly holdMs: number };
  readonly down: { readonly belowPressure: number; readonly holdMs: number };
  /** How long there must have been nothing to do before no worker is kept. Without effect unless `min` is 0; absent then, `usualZeroMs`. */
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

/** How long nothing happens before the last worker goes, where the manifest is silent: 10 minutes. */
export const usualZeroMs = 600_000;

const usual = { min: 1, max: 10, abovePressure: 100, upMs: 10_000, downMs: 300_000 };
/** The pressure that one of the two thresholds implies of the other. */
const ratio = 10;

/**
 * The policy of a manifest. Where it is silent: 1 worker to 10 (or `min_replicas`, if that is more); up above 100 messages for 10 s;
 * down below a tenth of that for 5 minutes; to zero, where the fewest is 0, after 10 minutes. Pure.
 */
export function pressurePolicy({ min_replicas: min = usual.min, max_replicas: max = Math.max(min, usual.max), scale = {} }: ScaleSpec): PressurePolicy {
  const { up, down, zero } = scale;
  const abovePressure = up?.above_pressure ?? (down ? Math.max(usual.abovePressure, down.below_pressure * ratio) : usual.abovePressure);
  return {
    min,
    max,
    up: { abovePressure, holdMs: up ? durationMs(up.duration) : usual.upMs },
    down: { belowPressure: down?.below_pressure ?? abovePressure / ratio, holdMs: down ? durationMs(down.duration) : usual.downMs },
    ...(min === 0 ? { zero: { holdMs: zero ? durationMs(zero.duration) : usualZeroMs } } : {}),
  };
}
