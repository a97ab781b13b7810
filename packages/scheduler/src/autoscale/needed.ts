import { type Flow, ratePerWorker } from './flow.ts';
import type { PressurePolicy } from './pressure-policy.ts';
import { type Observation, pressureOf } from './sample.ts';
import type { Spell } from './spell.ts';
import { untilReadyMs } from './until-ready.ts';

export interface Need {
  readonly policy: PressurePolicy;
  readonly flow: Flow;
  readonly seen: Observation;
  readonly now: number;
  readonly startMs: number;
  /** As long as the pressure is above its threshold. */
  readonly above: Spell;
  readonly current: number;
}

/** No worker is bought for work that is over sooner than this, in seconds. */
const shortestWork = 60;
/** How busy workers may be in the mean: a little room, so that chance alone makes no queue that grows. */
const usefulShare = 0.9;

/**
 * How many replicas work off what waits. Pure; an absolute number, so asking again while they start buys nothing twice.
 * While nobody knows how fast a worker is, one for each `abovePressure` of the pressure.
 * Then as many as have it done in the time that one worker takes for `abovePressure` messages: but not sooner than a worker needs to start,
 * since the work would be over before it comes, and not later than a worker that is not needed is kept, since more workers cost no more then.
 */
export function needed({ policy, flow, seen, now, startMs, above, current }: Need): number {
  const worth = Math.max(policy.up.abovePressure, 1);
  // What a worker holds already is not helped by another one; what nobody holds is.
  const isHeld = seen.busy > 0 || seen.working > seen.ready;
  const waiting = isHeld ? seen.backlog : pressureOf(seen);
  if (waiting === 0) return current;
  const rate = ratePerWorker(flow);
  if (rate === undefined) return Math.max(current, Math.ceil(pressureOf(seen) / worth));
  const start = startMs / 1_000;
  const work = Math.max(Math.min(worth / rate, start + policy.down.holdMs / 1_000), start, shortestWork);
  const lastedS = Math.max((now - above.since) / 1_000, 1);
  const recent = Math.min(flow.arriving.recent, above.arriving) * persisting(lastedS, start + work);
  const usual = flow.arriving.usual * persisting(flow.lookedMs / 1_000, start + work);
  const left = waiting + Math.max(recent, usual) - rate * workSeconds(seen, { now, start });
  return Math.ceil(left / (rate * work));
}

/** For how many of the next `ahead` seconds to expect what has lasted for `lasted`: nobody knows what it is, and of such things half last as long again. Pure. */
export function persisting(lasted: number, ahead: number): number {
  return lasted > 0 ? lasted * Math.log(1 + ahead / lasted) : 0;
}

/** Worker-seconds until a replica that is asked for now would be ready. */
function workSeconds(seen: Observation, { now, start }: { readonly now: number; readonly start: number }): number {
  const starting = seen.starting.map(({ since }) => Math.max(0, start - untilReadyMs(since, now, start * 1_000) / 1_000));
  return seen.ready * start + starting.reduce((sum, seconds) => sum + seconds, 0);
}

/** How many replicas suffice for what went on while the pressure was low. Pure. */
export function sufficient(flow: Flow, { arriving, busy }: Spell, lastedMs: number): number {
  const rate = ratePerWorker(flow);
  const counted = (arriving * lastedMs) / 1_000;
  // Of a few messages the rate is chance.
  const load = rate !== undefined && counted >= 30 ? arriving / rate : busy;
  return Math.ceil(load / usefulShare);
}
