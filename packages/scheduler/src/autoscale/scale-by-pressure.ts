import { formatDuration } from '@neb/core-types';
import { enough, needed } from './needed.ts';
import { type PressurePolicy, usualZeroMs } from './pressure-policy.ts';
import { finite, type Observation, observation, type PressureSample, type ReplicaView, whole } from './sample.ts';
import { type ScalingState, watch } from './watch.ts';

export interface ScalingInput {
  readonly policy: PressurePolicy;
  readonly sample: PressureSample;
  readonly replicas: ReplicaView;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** How long a replica takes from being asked for to being ready, in milliseconds: learnt, or a guess. */
  readonly startMs: number;
  /** Of the decision before; `undefined` before the first. */
  readonly state: ScalingState | undefined;
  /** A number set by hand: nothing else is looked at, but the fewest and the most. */
  readonly pinned?: number | undefined;
}

export interface Scaling {
  /** How many replicas there should be: ready and starting, without those that drain. */
  readonly desired: number;
  /** Why, for people. */
  readonly reason: string;
  /** For the next decision. */
  readonly state: ScalingState;
  /** When to look next if nothing wakes it, in milliseconds. Long at zero, where a message has to wake it. */
  readonly lookAgainMs: number;
}

interface Scene {
  readonly policy: PressurePolicy;
  readonly seen: Observation;
  readonly now: number;
  readonly state: ScalingState;
  readonly startMs: number;
}

interface Choice {
  readonly desired: number;
  readonly reason: string;
}

/**
 * How many workers a processor should have. Pure: the same input gives the same answer.
 * Never outside `min` to `max`; never fewer than hold a message, unless `max` or a hand forbids as many; never zero while there is anything to do.
 */
export function scaleByPressure({ policy: said, sample, replicas, now: asked, startMs, state: before, pinned }: ScalingInput): Scaling {
  const now = finite(asked);
  const policy = sane(said);
  const seen = observation(sample, replicas, now);
  const state = watch({ policy, seen, now, before });
  const scene = { policy, seen, now, state, startMs: finite(startMs) };
  const { desired, reason } = bounded(pinned === undefined ? unlessBusy(choose(scene), seen.busy) : { desired: whole(pinned), reason: 'set by hand' }, policy);
  const lookAgainMs = nextLook(scene, desired);
  return { desired, reason: `${reason}: ${desired === 0 ? 'none' : desired}`, state: { ...state, desired, dueAt: now + lookAgainMs }, lookAgainMs };
}

/** Thresholds and bounds that contradict each other are no reason to flap: the most is the most, and what is above is not below. */
function sane({ min, max, up, down, zero }: PressurePolicy): PressurePolicy {
  const abovePressure = finite(up.abovePressure);
  return {
    max: whole(max),
    min: Math.min(whole(min), whole(max)),
    up: { abovePressure, holdMs: finite(up.holdMs) },
    down: { belowPressure: Math.min(finite(down.belowPressure), abovePressure), holdMs: finite(down.holdMs) },
    zero: { holdMs: finite(zero?.holdMs ?? usualZeroMs) },
  };
}

function choose(scene: Scene): Choice {
  const { policy, seen, now, state } = scene;
  const { desired } = state;
  const pressure = seen.backlog + seen.pending;
  if (desired === 0 && pressure > 0) return { desired: 1, reason: `${messages(pressure)} and nobody there` };
  if (state.above) return up(scene, pressure, state.above);
  if (desired === 0) return { desired, reason: 'nothing to do' };
  const idleMs = policy.min > 0 || state.idleSince === undefined ? -1 : now - state.idleSince;
  if (idleMs >= policy.zero!.holdMs) return { desired: 0, reason: `nothing to do for ${formatDuration(idleMs)}` };
  if (state.belowSince !== undefined) return down(scene, pressure, state.belowSince);
  return { desired, reason: `pressure ${pressure} between ${policy.down.belowPressure} and ${policy.up.abovePressure}` };
}

function up(scene: Scene, pressure: number, above: NonNullable<ScalingState['above']>): Choice {
  const { policy: { up: { abovePressure, holdMs } }, now, state: { desired, flow } } = scene;
  const heldMs = now - above.since;
  const so = `pressure ${pressure} above ${abovePressure} for ${formatDuration(heldMs)}`;
  if (heldMs < holdMs) return { desired, reason: `${so} of ${formatDuration(holdMs)}` };
  const wanted = needed({ ...scene, flow, above, current: desired });
  return wanted > desired ? { desired: wanted, reason: so } : { desired, reason: `${so}, and enough are at it` };
}

function down({ policy: { down: { belowPressure, holdMs } }, now, state: { desired, flow } }: Scene, pressure: number, since: number): Choice {
  const heldMs = now - since;
  const so = `pressure ${pressure} below ${belowPressure} for ${formatDuration(heldMs)}`;
  if (heldMs < holdMs) return { desired, reason: `${so} of ${formatDuration(holdMs)}` };
  return pressure >= belowPressure && pressure > 0 ? { desired, reason: so } : { desired: Math.min(desired, Math.max(1, enough(flow))), reason: so };
}

function unlessBusy({ desired, reason }: Choice, busy: number): Choice {
  return desired >= busy ? { desired, reason } : { desired: busy, reason: `${reason}, but ${busy} are busy` };
}

function bounded({ desired, reason }: Choice, { min, max }: PressurePolicy): Choice {
  if (desired > max) return { desired: max, reason: `${reason}, at most ${max}` };
  return desired < min ? { desired: min, reason: `${reason}, at least ${min}` } : { desired, reason };
}

const closeLookMs = 1_000;
const usualLookMs = 2_000;
const idleLookMs = 5_000;
const asleepLookMs = 300_000;
const soonestLookMs = 50;

function nextLook({ policy, seen, now, state }: Scene, desired: number): number {
  if (desired === 0 && seen.ready === 0 && seen.backlog + seen.pending === 0) return asleepLookMs;
  const due = [
    state.above && state.above.since + policy.up.holdMs,
    state.belowSince !== undefined && desired > Math.max(policy.min, 1) ? state.belowSince + policy.down.holdMs : undefined,
    state.idleSince !== undefined && policy.min === 0 ? state.idleSince + policy.zero!.holdMs : undefined,
  ].filter((at) => at !== undefined && at > now).map((at) => at! - now);
  const rhythm = state.above || desired !== state.desired ? closeLookMs : state.idleSince === undefined ? usualLookMs : idleLookMs;
  return Math.max(soonestLookMs, Math.min(rhythm, ...due));
}

function messages(count: number): string {
  return count === 1 ? 'a message waits' : `${count} messages wait`;
}
