import { durationMs, type ServiceSpec } from '@neb/core-types';
import { type Bounds, boundsOf, usualZeroMs } from '../bounds.ts';
import { finite, whole } from '../sample.ts';

/** When the number of a service's replicas changes. Latency is the time to the first byte of 95 in 100 answers, the wait for a replica included. */
export interface LatencyPolicy extends Bounds {
  /** How many may exist beyond the most while others finish what they have. */
  readonly surge: number;
  readonly up: { readonly aboveMs: number; readonly holdMs: number };
  readonly down: { readonly belowMs: number; readonly holdMs: number };
  /** How long no request may have come before no replica is kept. Without effect unless `min` is 0; absent then, 10 minutes. */
  readonly zero?: { readonly holdMs: number } | undefined;
  /** Most requests that a replica works on at once; to be found out if absent. */
  readonly maxInFlight?: number | undefined;
}

/** What is obeyed where a Service's manifest is silent; durations and latencies in milliseconds. */
const usual = { aboveMs: 1_000, upMs: 10_000, belowMs: 500, downMs: 300_000, surge: 1 };

/**
 * The policy of a manifest. Where it is silent: 1 replica (0 where no more are allowed) to 10, or to `min_replicas` if that is more; up above 1 s for 10 s, down below 500 ms for 5 minutes,
 * to zero, if the fewest is 0, after 10 minutes without a request, one more than the most while others finish. Of two thresholds the silent one is no nearer to the other than half of it.
 * `scale.zero.below_latency` adds nothing to that no request came. Pure.
 */
export function latencyPolicy({ min_replicas, max_replicas, scale = {}, max_in_flight, update }: Pick<ServiceSpec, 'min_replicas' | 'max_replicas' | 'scale' | 'max_in_flight' | 'update'>): LatencyPolicy {
  const { up, down, zero } = scale;
  const bounds = boundsOf({ min_replicas, max_replicas });
  const belowMs = down && durationMs(down.below_latency);
  const aboveMs = up ? durationMs(up.above_latency) : Math.max(usual.aboveMs, 2 * (belowMs ?? 0));
  return {
    ...bounds,
    surge: update?.max_surge ?? usual.surge,
    up: { aboveMs, holdMs: up ? durationMs(up.duration) : usual.upMs },
    down: { belowMs: belowMs ?? Math.min(usual.belowMs, aboveMs / 2), holdMs: down ? durationMs(down.duration) : usual.downMs },
    ...(bounds.min === 0 ? { zero: { holdMs: zero ? durationMs(zero.duration) : usualZeroMs } } : {}),
    ...(max_in_flight === undefined ? {} : { maxInFlight: max_in_flight }),
  };
}

/** A policy without contradictions. */
export type SanePolicy = Required<Omit<LatencyPolicy, 'maxInFlight' | 'zero'>> & { readonly zero: { readonly holdMs: number }; readonly maxInFlight: number | undefined };

/** The policy that is obeyed. Bounds and thresholds that contradict each other are no reason to flap: the most is the most, and what is above is not below. Pure. */
export function saneLatency({ min, max, surge, up, down, zero, maxInFlight }: LatencyPolicy): SanePolicy {
  const aboveMs = Math.max(1, finite(up.aboveMs));
  return {
    min: Math.min(whole(min), whole(max)),
    max: whole(max),
    surge: whole(surge),
    up: { aboveMs, holdMs: finite(up.holdMs) },
    down: { belowMs: Math.min(Math.max(1, finite(down.belowMs)), aboveMs), holdMs: finite(down.holdMs) },
    zero: { holdMs: finite(zero?.holdMs ?? usualZeroMs) },
    maxInFlight: maxInFlight === undefined ? undefined : Math.max(1, whole(maxInFlight)),
  };
}
