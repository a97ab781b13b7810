import { formatDuration } from '@neb/core-types';
import { bounded, type Choice, inWords } from './bounds.ts';
import { needed, sufficient } from './needed.ts';
import { nextLook } from './next-look.ts';
import { type PressurePolicy, sane } from './pressure-policy.ts';
import { finite, type Observation, observation, pressureOf, type PressureSample, type ReplicaView, whole } from './sample.ts';
import type { Spell } from './spell.ts';
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
  readonly policy: ReturnType<typeof sane>;
  readonly seen: Observation;
  readonly now: number;
  readonly startMs: number;
  readonly state: ScalingState;
}

/**
 * How many workers a processor should have. Pure: the same input gives the same answer.
 * Never outside `min` to `max`; never fewer than hold a message, unless `max` or a hand forbids as many; never zero while there is anything to do and a worker is allowed.
 */
export function scaleByPressure({ policy: said, sample, replicas, now: asked, startMs, state: before, pinned }: ScalingInput): Scaling {
  const now = finite(asked);
  const policy = sane(said);
  const seen = observation(sample, replicas, now);
  const state = watch({ policy, seen, now, before });
  const wanted = pinned === undefined ? notBusy(choose({ policy, seen, now, startMs: finite(startMs), state }), seen.busy) : { desired: whole(pinned), reason: 'set by hand' };
  const choice = bounded(wanted, policy);
  const { desired } = choice;
  const lookAgainMs = nextLook({ policy, now, state, desired });
  const hasGrown = before !== undefined && desired > before.desired;
  return {
    desired,
    reason: inWords(choice, policy),
    state: { ...state, desired, dueAt: now + lookAgainMs, ...(hasGrown ? { grewAt: now } : {}) },
    lookAgainMs,
  };
}

function choose(scene: Scene): Choice {
  const { policy: { min, up, down, zero }, seen, now, state: { desired, above, below, idleSince } } = scene;
  const pressure = pressureOf(seen);
  if (desired === 0) return pressure > 0 ? { desired: 1, reason: `${pressure === 1 ? 'a message' : `${pressure} messages`} to do` } : { desired, reason: 'nothing to do' };
  if (above) return more(scene, above);
  if (min === 0 && idleSince !== undefined && now - idleSince >= zero.holdMs) return { desired: 0, reason: `nothing to do for ${formatDuration(now - idleSince)}` };
  if (below) return fewer(scene, below);
  return { desired, reason: `pressure ${pressure} between ${down.belowPressure} and ${up.abovePressure}` };
}

function more(scene: Scene, above: Spell): Choice {
  const { policy: { up: { abovePressure, holdMs } }, seen, now, state: { desired, flow, grewAt } } = scene;
  const heldMs = now - above.since;
  const so = `pressure ${pressureOf(seen)} above ${abovePressure} for ${formatDuration(heldMs)}`;
  if (heldMs < holdMs) return { desired, reason: `${so} of ${formatDuration(holdMs)}` };
  // A step has to show what it does before the next.
  if (grewAt !== undefined && now - grewAt < holdMs) return { desired, reason: `${so}, and it has just grown` };
  const wanted = needed({ ...scene, flow, above, current: desired });
  return wanted > desired ? { desired: wanted, reason: so } : { desired, reason: `${so}, and enough are at it` };
}

function fewer({ policy: { down: { belowPressure, holdMs } }, seen, now, state: { desired, flow } }: Scene, below: Spell): Choice {
  const pressure = pressureOf(seen);
  const heldMs = now - below.since;
  const so = `pressure ${pressure} below ${belowPressure} for ${formatDuration(heldMs)}`;
  if (heldMs < holdMs) return { desired, reason: `${so} of ${formatDuration(holdMs)}` };
  if (pressure > 0 && pressure >= belowPressure) return { desired, reason: `${so}, but for this moment` };
  const enough = Math.max(1, sufficient(flow, below, Math.min(heldMs, holdMs)));
  return { desired: Math.min(desired, enough), reason: so };
}

function notBusy({ desired, reason }: Choice, busy: number): Choice {
  return desired >= busy ? { desired, reason } : { desired: busy, reason: `${reason}, but ${busy} are busy` };
}
