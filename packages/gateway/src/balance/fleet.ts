import type { Route } from '@neb/core-types';
import type { Dial } from '../pass/dial.ts';
import { choose } from './choose.ts';
import { isEjected } from './outlier.ts';
import { accepted, judged, type Member, member, placeOf, refused } from './member.ts';
import { answers } from './probe.ts';
import { queue, type Wait, type WaitEnd, type Waiting } from './queue.ts';
import { type RetryBudget, retryBudget } from './retry-budget.ts';
import { type Asking, starters } from './starters.ts';

/** What became of a request that a replica was given. */
export type Outcome =
  | { readonly kind: 'answered'; readonly status: number; readonly tookMs: number }
  /** It took no connection: the request was never sent. */
  | { readonly kind: 'refused' }
  /** The connection failed before the answer began, or the answer did not begin in time. */
  | { readonly kind: 'fault' }
  /** Nothing can be told of the replica, such as where the client left. */
  | { readonly kind: 'unknown' };

export interface FleetOptions {
  readonly now: () => number;
  readonly random: () => number;
  readonly zone: string | undefined;
  readonly waiting: Waiting;
  readonly asking: Asking;
  readonly dial?: Dial | undefined;
  /** Whether a replica that starts answers what it is to answer; asked over the network if absent. */
  readonly answers?: typeof answers | undefined;
  /** Somebody waits and there is no replica. Asked once, until it has resolved. */
  readonly wake: (routeId: string, signal: AbortSignal) => Promise<void>;
  /** So many milliseconds later it is woken again if there is still none. */
  readonly wakeAgainMs: number;
}

/** The replicas of one route: who gets the next request, and who waits for one. */
export interface Fleet {
  readonly budget: RetryBudget;
  readonly inFlight: number;
  readonly waiting: number;
  /** How many requests each replica works on, by its id. */
  inFlightEach(): Readonly<Record<string, number>>;
  update(route: Route): void;
  /** A replica that may be sent a request now; it counts as in flight until it is given back. Those who wait come first. */
  take(except?: Member): Member | undefined;
  /** The same, once there is one. */
  wait(wait: Wait): Promise<Member | WaitEnd>;
  /** It took the connection of a request. */
  accepts(of: Member): void;
  /** What the answer, or its absence, tells of it. Once a request. */
  judge(of: Member, outcome: Outcome): void;
  /** The request is over. Once for each that was taken. */
  release(of: Member): void;
  /** Sends those away who wait; what is in flight ends by itself. */
  close(): void;
}

export function fleet(first: Route, options: FleetOptions): Fleet {
  const { now, random, zone, wakeAgainMs } = options;
  let route = first;
  let members: Member[] = [];
  const leaving = new Set<Member>();
  const line = queue(options.waiting);
  const ended = new AbortController();
  let inFlight = 0;
  let waking = false;
  let timer: NodeJS.Timeout | undefined;

  const pick = (time: number, except?: Member): Member | undefined => {
    const found = choose(members, { now: time, zone, random, except });
    if (!found) return undefined;
    found.inFlight += 1;
    inFlight += 1;
    return found;
  };
  const pump = (): void => {
    if (line.size === 0) return;
    const time = now();
    line.serve(() => pick(time));
    if (line.size === 0) return;
    starting.ask(members.filter(isAsked));
    if (members.every(({ draining, check }) => draining || check !== undefined)) return wake();
    lookAgain(time);
  };
  /** Replicas become free by themselves where a pause is over; all else calls `pump`. `time` is that of the last look: a pause that ended since then counts. */
  const lookAgain = (time: number): void => {
    const soonest = Math.min(...members.filter((one) => !one.draining && one.check === undefined && one.notBefore > time).map((one) => one.notBefore));
    if (!Number.isFinite(soonest)) return;
    clearTimeout(timer);
    timer = setTimeout(pump, Math.max(1, Math.ceil(soonest - time)));
  };
  const wake = (): void => {
    if (waking || ended.signal.aborted) return;
    waking = true;
    void options.wake(route.id, ended.signal).catch(() => undefined).then(() => {
      const again = setTimeout(() => {
        waking = false;
        pump();
      }, wakeAgainMs);
      again.unref();
      ended.signal.addEventListener('abort', () => clearTimeout(again), { once: true });
    });
  };
  /** What goes well puts nobody aside, so it is only asked of faults. */
  const mayEject = (time: number): boolean => {
    const up = members.filter(({ check }) => check === undefined);
    return up.filter((one) => isEjected(one.standing, time)).length + 1 <= up.length / 2;
  };
  const leave = (of: Member): void => {
    if (!of.gone || of.inFlight > 0) return;
    leaving.delete(of);
    of.pool.close().catch(() => undefined);
  };

  const starting = starters({
    now, asking: options.asking, answers: options.answers ?? answers,
    isWanted: (of) => line.size > 0 && isAsked(of) && !ended.signal.aborted,
    onReady(of) {
      of.answered = true;
      of.check = undefined;
      accepted(of);
      of.most = route.maxInFlight ?? Infinity;
      pump();
    },
  });

  const self: Fleet = {
    budget: retryBudget(now),
    get inFlight() { return inFlight; },
    get waiting() { return line.size; },
    inFlightEach: () => {
      const each: Record<string, number> = {};
      for (const { id, inFlight: count } of [...leaving, ...members]) each[id] = (each[id] ?? 0) + count;
      return each;
    },
    update(next) {
      route = next;
      const before = new Map(members.map((one) => [one.place, one]));
      members = next.replicas.map((replica) => {
        const place = placeOf(replica);
        const known = before.get(place);
        before.delete(place);
        const one = known ?? member(replica, options.dial);
        one.zone = replica.zone;
        one.draining = replica.draining ?? false;
        one.answered &&= replica.check !== undefined;
        one.check = one.answered ? undefined : replica.check;
        one.most = one.proven ? (next.maxInFlight ?? Infinity) : 1;
        return one;
      });
      for (const one of before.values()) {
        one.gone = true;
        one.draining = true;
        leaving.add(one);
        leave(one);
      }
      pump();
    },
    take: (except) => (line.size > 0 ? undefined : pick(now(), except)),
    wait(wait) {
      // Such as one that is to be sent again after its route is gone.
      if (ended.signal.aborted) return Promise.resolve('gone');
      const joined = line.join(wait);
      pump();
      return joined;
    },
    accepts(of) {
      if (of.proven && of.refusals === 0) return;
      accepted(of);
      of.most = route.maxInFlight ?? Infinity;
      pump();
    },
    judge(of, outcome) {
      if (outcome.kind === 'unknown') return;
      const time = now();
      if (outcome.kind === 'refused') refused(of, time);
      // One that never accepted is not bad, it is starting.
      if (outcome.kind === 'refused' && !of.proven) return;
      const good = outcome.kind === 'answered' && outcome.status < 500;
      judged(of, { good, ...(outcome.kind === 'answered' && { tookMs: outcome.tookMs }) }, { now: time, mayEject: !good && mayEject(time) });
    },
    release(of) {
      of.inFlight -= 1;
      inFlight -= 1;
      leave(of);
      pump();
    },
    close() {
      ended.abort();
      clearTimeout(timer);
      line.clear('gone');
      self.update({ ...route, replicas: [] });
    },
  };
  self.update(first);
  return self;
}

function isAsked({ check, draining, gone }: Member): boolean {
  return check !== undefined && !draining && !gone;
}
