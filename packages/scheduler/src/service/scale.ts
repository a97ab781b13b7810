import type { ServiceSpec, Traffic } from '@neb/core-types';
import { latencyPolicy } from '../autoscale/latency/latency-policy.ts';
import { type LatencyScaling, scaleByLatency } from '../autoscale/latency/scale-by-latency.ts';
import type { LatencyState } from '../autoscale/latency/watch-traffic.ts';
import type { ReplicaView } from '../autoscale/sample.ts';

export type ScaleState = LatencyState;
export type Scaled = LatencyScaling;

export interface ScaleInput {
  readonly spec: ServiceSpec;
  /** The number that somebody asked for by hand: nothing else is looked at, but the fewest and the most. */
  readonly pinned: number | undefined;
  /** What passed since the last look; `undefined` where no gateway tells. */
  readonly traffic: Traffic | undefined;
  readonly replicas: ReplicaView;
  /** How long a replica takes from being asked for to being ready, in milliseconds: learnt, or a guess. */
  readonly startMs: number;
  readonly now: number;
  /** Of the decision before; `undefined` before the first. */
  readonly state: ScaleState | undefined;
}

/** How many replicas a service should have, by what its gateways see. Pure. */
export function scaleService({ spec, traffic, ...input }: ScaleInput): Scaled {
  return scaleByLatency({ ...input, policy: latencyPolicy(spec), gauge: traffic?.gauge });
}
