import { formatDuration, type RouteGauge } from '@neb/core-types';
import { bounded, type Choice, inWords } from '../bounds.ts';
import { asleepMs, lookIn } from '../next-look.ts';
import { finite, type ReplicaView, whole } from '../sample.ts';
import { grow, growAtOnce, grownForLatency, wake } from './grow.ts';
import { type LatencyPolicy, saneLatency } from './latency-policy.ts';
import { traffic } from './load.ts';
import type { Scene } from './need.ts';
import { shrink } from './shrink.ts';
import { inMs, type Step } from './step.ts';
import { type LatencyState, latencyOf, watchTraffic } from './watch-traffic.ts';

/** Without a request for so long, the next is not looked out for. */
const quietAfterMs = 60_000;

export interface LatencyInput {
  readonly policy: LatencyPolicy;
  /** What passed since the look before, over all gateways; `undefined` where none answers. */
  readonly gauge: RouteGauge | undefined;
  readonly replicas: Omit<ReplicaView, 'busy'>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** How long a replica takes from being asked for to answering, in milliseconds: learnt, or a guess. */
  readonly startMs: number;
  /** Of the decision before; `undefined` before the first. */
  readonly state: LatencyState | undefined;
  /** A number set by hand: nothing else is looked at, but the fewest and the most. */
  readonly pinned?: number | undefined;
}

export interface LatencyScaling {
  /** How many replicas there should be: ready and starting, without those that drain. */
  readonly desired: number;
  /** Why, for people. */
  readonly reason: string;
  /** For the next decision. */
  readonly state: LatencyState;
  /** When to look next if nothing wakes it, in milliseconds. Long at zero, where a request has to wake it: see `wakes`. */
  readonly lookAgainMs: number;
}

/**
 * How many replicas a service should have. Pure: the same input gives the same answer.
 * Never outside `min` to `max`, and with those that drain it grows to no more than `max` and `surge`; never zero while a request is in flight or waits, unless neither of the two allows one.
 */
export function scaleByLatency({ policy: said, gauge, replicas, now: asked, startMs: guess, state: before, pinned }: LatencyInput): LatencyScaling {
  const [now, startMs, policy] = [finite(asked), finite(guess), saneLatency(said)];
  const unseen = gauge ?? { id: '', inFlight: before?.seen.inFlight ?? 0, waiting: before?.seen.waiting ?? 0, answered: 0, failed: 0, latenciesMs: [] };
  const seen = traffic(unseen, replicas, now);
  // Of a time of which nobody tells nothing is learnt.
  const state = gauge || !before ? watchTraffic({ policy, seen, now, startMs, before }) : { ...before, seen: { ...before.seen, at: now } };
  const step = pinned !== undefined ? { desired: whole(pinned), reason: 'set by hand' } : gauge ? choose({ policy, seen, now, startMs, state }) : blind(state);
  const within = bounded(step, policy);
  const choice = roomed(within, { there: seen.ready + seen.starting.length, draining: seen.draining, policy });
  const { desired } = choice;
  const after = { ...state, ...step.note, desired, ...(before && desired > before.desired ? { grewAt: now } : {}), ...(before && desired < before.desired ? { shrankAt: now } : {}) };
  const lookAgainMs = nextLook(after, { policy, now, isMoving: desired !== state.desired || seen.starting.length > 0 });
  return { desired, reason: inWords(choice, policy), state: defined({ ...after, dueAt: now + lookAgainMs }), lookAgainMs };
}

function choose(scene: Scene): Step {
  const { policy: { min, zero }, seen, now, state } = scene;
  const { desired, idleSince } = state;
  if (desired === 0) return wake(scene);
  if (min === 0 && idleSince !== undefined && now - idleSince >= zero.holdMs) return { desired: 0, reason: `no request for ${formatDuration(now - idleSince)}` };
  const steps = [growAtOnce, grow, grownForLatency, shrink];
  for (const step of steps) {
    const made = step(scene);
    if (made) return made;
  }
  const load = `${Math.round(seen.inFlight + seen.waiting)} requests at once, ${state.load.coming.recent.toFixed(1)} a second`;
  return { desired, reason: `p95 ${inMs(latencyOf(state))}, ${load}` };
}

/** No gateway tells anything: what is known stays as it is, and no time goes on. */
function blind({ desired }: LatencyState): Step {
  return { desired, reason: 'no gateway tells of it', note: { above: undefined, over: undefined, below: undefined, idleSince: undefined } };
}

function roomed(choice: Choice, { there, draining, policy: { min, max, surge } }: { readonly there: number; readonly draining: number; readonly policy: Scene['policy'] }): Choice {
  const room = Math.max(min, Math.min(there, max), max + surge - draining);
  return choice.desired <= room ? choice : { desired: room, reason: `${choice.reason}, though ${choice.desired} would do more, as ${draining} still finish` };
}

function nextLook({ desired, above, over, below, idleSince, useless }: LatencyState, { policy: { min, up, down, zero }, now, isMoving }: { readonly policy: Scene['policy']; readonly now: number; readonly isMoving: boolean }): number {
  if (desired === 0 && idleSince !== undefined) return asleepMs;
  const ends = [above && above + up.holdMs, over && over + up.holdMs, desired > Math.max(min, 1) ? below && below + down.holdMs : undefined, min === 0 && idleSince !== undefined ? idleSince + zero.holdMs : undefined, useless?.until];
  return lookIn(ends, { now, isClose: isMoving || above !== undefined || over !== undefined, isQuiet: idleSince !== undefined && now - idleSince >= quietAfterMs });
}

/** Without what is undefined, as it comes back out of JSON. */
function defined(state: LatencyState): LatencyState {
  return Object.fromEntries(Object.entries(state).filter(([, value]) => value !== undefined)) as unknown as LatencyState;
}
