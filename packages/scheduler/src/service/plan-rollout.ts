import { hearingMs } from './drain.ts';
import { type Member, staying } from './members.ts';

/** What is to be done for a service to have as many replicas of its revision as it should. */
export interface RolloutPlan {
  readonly create: number;
  /** To get no more requests. */
  readonly drain: readonly Member[];
  /** To go now. */
  readonly remove: readonly Member[];
}

export interface RolloutWanted {
  readonly desired: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  /** Not before the time for another after one that ended by itself. */
  readonly mayStart: boolean;
  readonly now: number;
  /** How long one may finish what it has, in milliseconds. */
  readonly drainMs: number;
}

/**
 * Pure. Replicas of another revision are replaced: new ones are started as far as `maxSurge` allows, and an old one goes once a new one that can be
 * relied on is ready, or as far as `maxUnavailable` allows. So there are never more than `desired + maxSurge` beside those that drain, and never fewer ready
 * than `desired - maxUnavailable` for what is done here. One that may have requests drains first.
 */
export function planRollout(members: readonly Member[], wanted: RolloutWanted): RolloutPlan {
  const { desired, maxSurge, maxUnavailable, mayStart } = wanted;
  const ended = members.filter(({ is }) => is === 'ended');
  const done = members.filter((member) => isDone(member, wanted));
  const at = staying(members);
  const [current, old] = [at.filter((one) => one.current), at.filter((one) => !one.current)];

  const canStart = mayStart && ended.length === 0;
  const lacking = desired - current.length;
  const room = desired + maxSurge - at.length;
  const idle = old.filter((one) => !isUseful(one));
  // Old ones that answer nobody make room for new ones, and otherwise stay until they are replaced: they may recover.
  const inTheWay = clamp(canStart ? Math.max(lacking - room, -room) : -room, idle.length);
  const isReplaced = current.filter(({ trusted }) => trusted).length >= desired;
  const idleToGo = firstToGo(idle).slice(0, isReplaced ? idle.length : inTheWay);
  const create = canStart ? clamp(lacking, Math.max(0, room + idleToGo.length)) : 0;

  // How many of those that answer can be spared.
  const spare = clamp(at.filter(isUseful).length - Math.max(0, desired - maxUnavailable), at.length);
  const oldToGo = firstToGo(old.filter(isUseful)).slice(0, spare);
  const surplus = firstToGo(current).slice(0, Math.max(0, -lacking));
  const spared = spare - oldToGo.length;
  const currentToGo = [...surplus.filter((one) => !isUseful(one)), ...surplus.filter(isUseful).slice(0, spared)];

  const go = [...idleToGo, ...oldToGo, ...currentToGo];
  return { create, drain: go.filter(mayHaveRequests), remove: [...ended, ...done, ...go.filter((one) => !mayHaveRequests(one))] };
}

/** Whether requests are answered while it stays. */
function isUseful({ is, current, trusted }: Member): boolean {
  return current ? trusted : is === 'ready';
}

function mayHaveRequests({ is, inFlight = 0 }: Member): boolean {
  return is === 'ready' || inFlight > 0;
}

/** Whether one that drains has finished, or had its time. */
function isDone({ is, drainingSince, inFlight }: Member, { now, drainMs }: RolloutWanted): boolean {
  if (drainingSince === undefined || is === 'ended' || is === 'leaving') return false;
  // A clock that was set back keeps nobody for ever.
  const ms = Math.abs(now - drainingSince);
  return ms >= drainMs || (inFlight === 0 && ms >= hearingMs);
}

/** Those first that answer nobody, then those that crashed, then those with the least to finish, of them the youngest. */
function firstToGo(members: readonly Member[]): readonly Member[] {
  const order = (one: Member): number => (one.is !== 'ready' ? 0 : !isUseful(one) ? 1 : one.container.status.restart_count > 0 ? 2 : 3);
  return members.toSorted((a, b) => order(a) - order(b) || (a.inFlight ?? 0) - (b.inFlight ?? 0) || b.container.seq - a.container.seq);
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(value, most));
}
