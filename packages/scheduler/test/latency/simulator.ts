import { events } from './events.ts';
import { draws, type Trace } from './traces.ts';

/** What a controller can see. Times are in seconds since the trace began. */
export interface World {
  readonly now: number;
  /** Requests in the hands of replicas, and requests that wait for one. */
  readonly inFlight: number;
  readonly waiting: number;
  /** The same two since the trace began, times how long: what means are made of. */
  readonly requestSeconds: number;
  /** Places that were busy, since the trace began, times how long. */
  readonly busySeconds: number;
  readonly ready: number;
  readonly draining: number;
  readonly starting: readonly { readonly since: number }[];
  /** Every start so far, in seconds. */
  readonly starts: readonly number[];
  /** Times of the answers since the last look, without the wait for a replica, in seconds. */
  readonly answers: readonly number[];
}

/** Decides on a number of replicas. */
export interface Controller {
  readonly name: string;
  /** Whether a request that finds none makes it look at once. */
  readonly wakes: boolean;
  look(world: World): { readonly desired: number; readonly againSeconds: number };
}

export interface Result {
  readonly requests: number;
  /** Requests that were answered later than they should, or not at all. */
  readonly misses: number;
  /** Seconds that replicas were there, from being asked for to being gone. */
  readonly replicaSeconds: number;
  readonly changes: number;
  readonly course: readonly { readonly at: number; readonly desired: number }[];
}

interface Asked {
  readonly at: number;
  readonly takes: number;
  readonly elsewhere: number;
  given: number;
  done: boolean;
}

interface Replica {
  readonly since: number;
  ready: boolean;
  draining: boolean;
  gone: boolean;
  inFlight: number;
  busy: number;
  readonly queue: Asked[];
}

type Event = { readonly ready: Replica } | { readonly worked: Replica; readonly request: Asked } | { readonly answered: Replica; readonly request: Asked };

/** A request that waits longer for a replica fails. */
const holdSeconds = 300;

/**
 * Runs a trace under a controller, in virtual time. The gateway hands each request to the replica that has the fewest, and keeps it while none may have more.
 * On the way down those that start go first, then those with the fewest requests, which they finish first: for every controller.
 */
export function simulate({ arrivals, seconds, startSeconds, places, capped, min, max, limitSeconds }: Trace, controller: Controller, seed: number): Result {
  const draw = draws(seed);
  const due = events<Event>();
  const most = capped ? places : Infinity;
  const starts: number[] = [];
  const course: { at: number; desired: number }[] = [];
  const waiting: Asked[] = [];
  let replicas: Replica[] = [];
  let answers: number[] = [];
  let [now, next, head, inFlight, busy, misses, replicaSeconds, requestSeconds, busySeconds, changes, lookAt, wanted] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, min];

  const add = (count: number): void => {
    for (let made = 0; made < count; made++) {
      const replica: Replica = { since: now, ready: false, draining: false, gone: false, inFlight: 0, busy: 0, queue: [] };
      replicas.push(replica);
      due.put(now + startSeconds * (0.9 + 0.2 * draw()), { ready: replica });
    }
  };
  const leaveIfDone = (replica: Replica): void => {
    if (!replica.draining || replica.inFlight > 0) return;
    replica.gone = true;
    replicas = replicas.filter((other) => other !== replica);
  };
  const work = (replica: Replica, request: Asked): void => {
    replica.busy += 1;
    busy += 1;
    due.put(now + request.takes, { worked: replica, request });
  };
  const give = (replica: Replica, request: Asked): void => {
    request.given = now;
    replica.inFlight += 1;
    inFlight += 1;
    if (replica.busy < places) work(replica, request);
    else replica.queue.push(request);
  };
  const deal = (): void => {
    while (head < waiting.length) {
      let best: Replica | undefined;
      for (const replica of replicas) if (replica.ready && !replica.draining && replica.inFlight < (best?.inFlight ?? most)) best = replica;
      if (!best) return;
      const request = waiting[head++]!;
      if (now - request.at > holdSeconds) [misses, request.done] = [misses + 1, true];
      else give(best, request);
    }
  };
  const happen = (event: Event): void => {
    if ('ready' in event) {
      if (event.ready.gone) return;
      event.ready.ready = true;
      starts.push(now - event.ready.since);
    } else if ('worked' in event) {
      const { worked: replica, request } = event;
      replica.busy -= 1;
      busy -= 1;
      const queued = replica.queue.shift();
      if (queued) work(replica, queued);
      due.put(now + request.elsewhere, { answered: replica, request });
    } else {
      const { answered: replica, request } = event;
      replica.inFlight -= 1;
      inFlight -= 1;
      request.done = true;
      answers.push(now - request.given);
      if (now - request.at > limitSeconds) misses += 1;
      leaveIfDone(replica);
    }
  };
  const obey = (desired: number): void => {
    const there = replicas.filter(({ draining }) => !draining);
    add(desired - there.length);
    const rank = ({ ready, inFlight: has }: Replica): number => (ready ? 1 + has : 0);
    for (const replica of there.toSorted((a, b) => rank(a) - rank(b) || b.since - a.since).slice(0, Math.max(0, there.length - desired))) {
      replica.draining = true;
      leaveIfDone(replica);
    }
  };
  const look = (): void => {
    const there = replicas.filter(({ draining }) => !draining);
    const { desired, againSeconds } = controller.look({
      now, inFlight, waiting: waiting.length - head, requestSeconds, busySeconds, starts, answers,
      ready: there.filter(({ ready }) => ready).length, draining: replicas.length - there.length, starting: there.filter(({ ready }) => !ready),
    });
    if (desired < min || desired > max) throw new Error(`${controller.name} wants ${desired} replicas of ${min} to ${max}`);
    answers = [];
    if (desired !== wanted) changes += 1;
    wanted = desired;
    course.push({ at: now, desired });
    obey(desired);
    lookAt = now + againSeconds;
  };

  add(min);
  // Who has a fewest has had it before the trace begins.
  for (const replica of replicas) replica.ready = true;
  while (now < seconds) {
    const then = Math.min(seconds, lookAt, arrivals[next]?.at ?? Infinity, due.nextAt());
    const passed = then - now;
    requestSeconds += (inFlight + waiting.length - head) * passed;
    busySeconds += busy * passed;
    replicaSeconds += replicas.length * passed;
    now = then;
    while (due.nextAt() <= now) happen(due.take());
    for (let request = arrivals[next]; request && request.at <= now; request = arrivals[++next]) waiting.push({ ...request, given: 0, done: false });
    deal();
    if (lookAt <= now || (controller.wakes && wanted === 0 && head < waiting.length)) look();
  }
  const late = waiting.filter(({ at, done }) => !done && seconds - at > limitSeconds).length;
  return { requests: arrivals.length, misses: misses + late, replicaSeconds, changes, course };
}
