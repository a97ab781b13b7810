import { fraction } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import type { Trace } from './traces.ts';

/** What a controller can see. Times are in seconds since the trace began. */
export interface World {
  readonly now: number;
  readonly backlog: number;
  readonly pending: number;
  readonly acknowledged: number;
  readonly ready: number;
  readonly busy: number;
  readonly draining: number;
  readonly starting: readonly { readonly since: number }[];
  /** Every start so far, in seconds. */
  readonly starts: readonly number[];
}

/** Decides on a number of workers. */
export interface Controller {
  readonly name: string;
  /** Whether a message that finds no worker makes it look at once. */
  readonly wakes: boolean;
  look(world: World): { readonly desired: number; readonly againSeconds: number };
}

export interface Result {
  /** Seconds that messages waited before a worker took them, of all together. */
  readonly backlogSeconds: number;
  /** Seconds that workers were there, from being asked for to being gone. */
  readonly replicaSeconds: number;
  readonly changes: number;
  readonly finished: number;
  readonly longestWait: number;
  /** Workers after each look, for those who ask how it went. */
  readonly course: readonly { readonly at: number; readonly desired: number }[];
}

interface Worker {
  readonly since: number;
  readonly readyAt: number;
  ready: boolean;
  draining: boolean;
  /** When the message that it holds is done. */
  doneAt: number | undefined;
}

/**
 * Runs a trace under a controller, in virtual time. Workers take one message at a time. On the way down those that start go first, then the idle, and the busy finish first:
 * for every controller, although only ours knows who is busy.
 */
export function simulate({ arrivals, seconds, startSeconds, min, max }: Trace, controller: Controller, seed: number): Result {
  const random = seededRandom(seed);
  const startTime = (): number => startSeconds * (0.9 + 0.2 * fraction(random));
  let workers: Worker[] = [];
  const starts: number[] = [];
  const course: { at: number; desired: number }[] = [];
  const queue: { at: number; takes: number }[] = [];
  let [now, next, head, acknowledged, backlogSeconds, replicaSeconds, changes, longestWait, lookAt, wanted] = [0, 0, 0, 0, 0, 0, 0, 0, 0, min];

  const add = (count: number): void => {
    for (let made = 0; made < count; made++) workers.push({ since: now, readyAt: now + startTime(), ready: false, draining: false, doneAt: undefined });
  };
  const rank = (worker: Worker): number => (worker.ready ? (worker.doneAt === undefined ? 1 : 2) : 0);
  const obey = (desired: number): void => {
    const there = workers.filter(({ draining }) => !draining);
    add(desired - there.length);
    const leaving = there.toSorted((a, b) => rank(a) - rank(b) || b.since - a.since).slice(0, Math.max(0, there.length - desired));
    for (const worker of leaving) worker.draining = true;
    workers = workers.filter(({ draining, doneAt }) => !draining || doneAt !== undefined);
  };
  const deal = (): void => {
    for (const worker of workers) {
      if (head >= queue.length) return;
      if (!worker.ready || worker.draining || worker.doneAt !== undefined) continue;
      const message = queue[head++]!;
      longestWait = Math.max(longestWait, now - message.at);
      worker.doneAt = now + message.takes;
    }
  };
  const look = (): void => {
    const there = workers.filter(({ draining }) => !draining);
    const holding = (of: readonly Worker[]): number => of.filter(({ doneAt }) => doneAt !== undefined).length;
    const { desired, againSeconds } = controller.look({
      now, backlog: queue.length - head, pending: holding(workers), acknowledged,
      ready: there.filter(({ ready }) => ready).length, busy: holding(there), draining: workers.length - there.length,
      starting: there.filter(({ ready }) => !ready), starts,
    });
    if (desired < min || desired > max) throw new Error(`${controller.name} wants ${desired} workers of ${min} to ${max}`);
    if (desired !== wanted) changes += 1;
    wanted = desired;
    course.push({ at: now, desired });
    obey(desired);
    lookAt = now + againSeconds;
  };

  add(min);
  while (now < seconds) {
    let then = Math.min(seconds, lookAt, arrivals[next]?.at ?? Infinity);
    for (const worker of workers) then = Math.min(then, worker.ready ? (worker.doneAt ?? Infinity) : worker.readyAt);
    backlogSeconds += (queue.length - head) * (then - now);
    replicaSeconds += workers.length * (then - now);
    now = then;
    for (const worker of workers) {
      if (!worker.ready && worker.readyAt <= now) {
        worker.ready = true;
        starts.push(now - worker.since);
      }
      if (worker.doneAt === undefined || worker.doneAt > now) continue;
      worker.doneAt = undefined;
      acknowledged += 1;
      if (worker.draining) workers = workers.filter((other) => other !== worker);
    }
    for (let message = arrivals[next]; message && message.at <= now; message = arrivals[++next]) queue.push(message);
    if (head < queue.length) deal();
    if (lookAt <= now || (controller.wakes && workers.length === 0 && head < queue.length)) look();
  }
  return { backlogSeconds, replicaSeconds, changes, finished: acknowledged, longestWait, course };
}
