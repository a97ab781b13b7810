import { durationMs, type ServiceSpec } from '@neb/core-types';
import type { LatencyPolicyView } from '@neb/sdk/contract';

const usual = { min: 1, max: 10, aboveMs: 1_000, upMs: 10_000, belowMs: 500, downMs: 300_000, zeroMs: 600_000 };

/** The policy that a manifest stands for, with what holds where it is silent. Of two thresholds the silent one is no nearer to the other than half of it. */
export function latencyPolicy({ min_replicas, max_replicas, scale = {} }: Pick<ServiceSpec, 'min_replicas' | 'max_replicas' | 'scale'>): LatencyPolicyView {
  const { up, down, zero } = scale;
  const min = min_replicas ?? Math.min(usual.min, max_replicas ?? usual.max);
  const belowMs = down && durationMs(down.below_latency);
  const aboveMs = up ? durationMs(up.above_latency) : Math.max(usual.aboveMs, 2 * (belowMs ?? 0));
  return {
    min, max: max_replicas ?? Math.max(min, usual.max),
    up: { aboveMs, holdMs: up ? durationMs(up.duration) : usual.upMs },
    down: { belowMs: belowMs ?? Math.min(usual.belowMs, aboveMs / 2), holdMs: down ? durationMs(down.duration) : usual.downMs },
    ...(min === 0 && { zero: { holdMs: zero ? durationMs(zero.duration) : usual.zeroMs } }),
  };
}
