import { persisting } from '../needed.ts';
import { untilReadyMs } from '../until-ready.ts';
import { bears, requestSeconds } from './bearing.ts';
import type { SanePolicy } from './latency-policy.ts';
import type { Load, Traffic } from './load.ts';
import type { LatencyState } from './watch-traffic.ts';

/** What a decision is made of. */
export interface Scene {
  readonly policy: SanePolicy;
  readonly seen: Traffic;
  readonly now: number;
  readonly startMs: number;
  readonly state: LatencyState;
}

/** What waits is to be done in so many seconds, or in the time of a start where that is longer: work that is over before help comes needs none. */
const shortestDrain = 5;
const drainShare = 6;
/** What is there is expected to last, at least as if it had lasted for so many seconds. */
const shortestLasted = 10;
/** A rise is believed up to so large a part of what there is. */
const believedShare = 0.5;
/** More than any policy allows. */
const mostReplicas = 1_000_000;
/** How far apart the two means are that show a rise, in seconds. */
const riseSeconds = 50;
/** A burst is in both means after so long. */
const riseMs = 90_000;

/**
 * How many replicas it takes for so many requests at once, by the square-root rule: room for what chance adds, which is less for each the more there are.
 * At least one; one where nobody knows what a replica bears. Pure.
 */
export function replicasFor(requests: number, each: number, room = 1): number {
  return Math.min(mostReplicas, Math.max(1, Math.ceil((requests + room * Math.sqrt(requests)) / each)));
}

/** Requests a second to expect in so many seconds: a rise goes on, for a while, where it is more than chance. Pure. */
function expected({ coming: { recent, usual } }: Load, seconds: number): number {
  const chance = Math.sqrt(recent / 20);
  const rise = recent - usual > chance ? (recent - usual) / riseSeconds : 0;
  return recent + Math.min(rise * seconds, recent * believedShare);
}

/** Requests a second to expect when one that is asked for now would be ready. After a burst, which is no rise, as many as there are. Pure. */
export function expectedThen({ policy, startMs, now, state: { load, panicAt } }: Scene): number {
  return expected(load, panicAt !== undefined && now - panicAt < riseMs ? 0 : (startMs + policy.up.holdMs) / 1_000);
}

/**
 * How many replicas bear `rate` requests a second, and work off what waits. Pure; an absolute number, so asking again while they start buys nothing twice:
 * those that start count with what they will have done by then.
 */
export function neededFor(rate: number, { policy, seen, now, startMs, state: { load, bearing, over, panicAt, behind } }: Scene, room = 1): number {
  const [takes, each] = [requestSeconds(load, policy), bears(bearing, policy)];
  if (each === Infinity) return 1;
  const start = startMs / 1_000;
  const ahead = seen.starting.reduce((sum, { since }) => sum + Math.max(0, start - untilReadyMs(since, now, startMs) / 1_000), seen.ready * start);
  // What a replica has in hand beyond that only queues there where less is answered than comes: else it waits for something else.
  const isQueued = behind !== undefined && now - behind >= policy.up.holdMs;
  const queued = seen.waiting + (isQueued ? Math.max(0, seen.inFlight - each * (seen.ready + seen.draining)) : 0);
  const lasted = Math.max(shortestLasted, (now - Math.min(over ?? now, panicAt ?? now)) / 1_000);
  const left = queued + rate * persisting(lasted, start) - (each / takes) * ahead;
  return replicasFor((rate + Math.max(0, left) / Math.max(start / drainShare, shortestDrain)) * takes, each, room);
}
