import { durationMs, formatDuration, type ServiceSpec, type Traffic } from '@neb/core-types';
import type { ReplicaView } from '../autoscale/sample.ts';

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

/** What one decision leaves for the next. Moments are in milliseconds since the epoch. */
export interface ScaleState {
  readonly desired: number;
  /** When there was last anything to do, or nobody could tell. */
  readonly activeAt: number;
}

export interface Scaled {
  readonly desired: number;
  readonly reason: string;
  readonly state: ScaleState;
  /** When to look next if nothing wakes it, in milliseconds. Long at zero, where whoever holds a request wakes it. */
  readonly lookAgainMs: number;
}

/** Where the manifest is silent. */
const usual = { min: 1, max: 10, zeroMs: 600_000 };
const activeLookMs = 2_000;
const quietLookMs = 10_000;
const emptyLookMs = 300_000;

/**
 * How many replicas a service should have: as many as before, within its bounds; one at least as soon as a request waits, and none once nothing came for
 * long enough. The one place that knows how the number is decided. Pure.
 */
export function scaleService({ spec, pinned, traffic, replicas, now, state }: ScaleInput): Scaled {
  const min = spec.min_replicas ?? Math.min(usual.min, spec.max_replicas ?? usual.max);
  const max = spec.max_replicas ?? Math.max(min, usual.max);
  const zeroMs = spec.scale?.zero ? durationMs(spec.scale.zero.duration) : usual.zeroMs;
  const { inFlight = 0, waiting = 0, answered = 0 } = traffic?.gauge ?? {};
  // The first look at a service of an earlier server finds what there is.
  const before = state?.desired ?? Math.max(min, replicas.ready + replicas.starting.length);
  const isActive = traffic === undefined || inFlight + waiting + answered > 0;
  const activeAt = isActive ? now : Math.min(state?.activeAt ?? now, now);

  const wanted = choose();
  const desired = Math.max(min, Math.min(wanted.desired, max));
  const reason = desired > wanted.desired ? `${wanted.reason}, at least ${min}` : desired < wanted.desired ? `${wanted.reason}, at most ${max}` : wanted.reason;
  const zeroInMs = min === 0 && desired > 0 ? Math.max(0, activeAt + zeroMs - now) : Infinity;
  const lookAgainMs = desired === 0 ? emptyLookMs : Math.min(zeroInMs, isActive ? activeLookMs : quietLookMs);
  return { desired, reason, state: { desired, activeAt }, lookAgainMs };

  function choose(): { readonly desired: number; readonly reason: string } {
    if (pinned !== undefined) return { desired: pinned, reason: 'set by hand' };
    if (before === 0) return waiting + inFlight > 0 ? { desired: 1, reason: waiting === 1 ? 'a request waits' : `${waiting} requests wait` } : { desired: 0, reason: 'nothing to do' };
    if (min === 0 && now - activeAt >= zeroMs) return { desired: 0, reason: `nothing to do for ${formatDuration(now - activeAt)}` };
    return { desired: before, reason: traffic ? `${inFlight} in flight, ${waiting} waiting` : 'no gateway tells what passes' };
  }
}
