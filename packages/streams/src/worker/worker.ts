import { isNebError } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { connect, inWords, isAway, isNoGroup } from '../connection.ts';
import { declareGroup } from '../declare.ts';
import { isAskedToDrain, sayDrained } from '../drain.ts';
import { giveUp } from '../tend.ts';
import { checkOf, type ContentSchema } from './content-schema.ts';
import { type Check, type Handler, type Hold, taken, work } from './handling.ts';
import { answerHealth } from './health-answers.ts';
import { claim, type Held, release, take, touch } from './hold.ts';
import { type Settings, settingsOf, type WorkerOptions } from './options.ts';

/** A worker that runs. */
export interface Worker extends AsyncDisposable {
  /** Resolves once it has drained; rejects where it cannot go on, such as when Redis refuses its credentials. */
  readonly done: Promise<void>;
  /** Takes nothing more, finishes and acknowledges what it has, and resolves. Repeating it waits for the same. */
  stop(): Promise<void>;
}

/** Works off a stream until it is told to stop. Messages that it holds when it dies go to others, and each takes effect once. */
export function worker(options: WorkerOptions, handler: Handler<unknown>): Worker;
export function worker<T>(options: WorkerOptions, schema: ContentSchema<T>, handler: Handler<T>): Worker;
export function worker<T>(options: WorkerOptions, ...[first, second]: [Handler<unknown>] | [ContentSchema<T>, Handler<T>]): Worker {
  const settings = settingsOf(options);
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  const signals = options.stopOn ?? ['SIGTERM', 'SIGINT'];
  for (const name of signals) process.once(name, stop);
  options.signal?.addEventListener('abort', stop, { once: true });
  if (options.signal?.aborted) stop();
  const running = second
    ? run(settings, stopping.signal, { check: checkOf(first as ContentSchema<T>), handler: second })
    : run(settings, stopping.signal, { check: (content) => content, handler: first as Handler<unknown> });
  const done = running.finally(() => {
    for (const name of signals) process.off(name, stop);
    options.signal?.removeEventListener('abort', stop);
  });
  // Whoever does not look at it is not to die of it.
  done.catch(() => undefined);
  return {
    done,
    async stop() {
      stop();
      await done;
    },
    async [Symbol.asyncDispose]() {
      stop();
      await done.catch(() => undefined);
    },
  };
}

/** Longest wait for messages, and so for an idle worker to notice that it shall stop. */
const blockMs = 1_000;
/** How often to look for messages that lie with the dead, or that are to be tried again. */
const claimMs = 1_000;
const pauseMs = 50;
const longestPauseMs = 500;
/** How long credentials may be refused: a Redis that started anew knows no users until they are made again. */
const refusedMs = 60_000;

interface InHand {
  readonly held: Held;
  readonly hold: Hold;
}

async function run<T>(settings: Settings, stopping: AbortSignal, way: { readonly check: Check<T>; readonly handler: Handler<T> }): Promise<void> {
  const { of, consumer, names, concurrency, visibilityMs, maxAttempts, clock } = settings;
  const takes = connect(settings.address, { socketTimeout: 10 * blockMs });
  const redis = connect(settings.address);
  const ended = new AbortController();
  const hands = new Map<string, InHand>();
  /** How many of those are with the handler; the others are only to be written down. */
  let busy = 0;
  const { handle } = work(redis, settings, way);
  let freed = (): void => undefined;

  function begin(held: Held): void {
    const { id } = held.entry;
    // What was ours all along, and only looked forgotten.
    if (hands.has(id)) return;
    let isBusy = true;
    busy += 1;
    const through = (): void => {
      if (!isBusy) return;
      isBusy = false;
      busy -= 1;
      freed();
    };
    const hold = holding(through);
    hands.set(id, { held, hold });
    void handle(held, hold).finally(() => {
      hands.delete(id);
      through();
      freed();
    });
  }

  /** While results are written down the next messages may come. */
  function room(): number {
    return Math.min(concurrency - busy, 3 * concurrency - hands.size);
  }

  async function roomAgain(): Promise<void> {
    while (room() <= 0) await new Promise<void>((resolve) => (freed = resolve));
    // What ends together makes room together.
    await new Promise((resolve) => setImmediate(resolve));
  }

  let claimAt = 0;
  async function once(): Promise<void> {
    await roomAgain();
    if (stopping.aborted) return;
    if (clock.now() >= claimAt) {
      claimAt = clock.now() + claimMs;
      if (await isAskedToDrain(redis, of, names)) return await rest();
      const { taken: again, worn } = await claim(redis, of, { consumer, visibilityMs, maxAttempts, most: room() });
      again.forEach(begin);
      for (const entryId of worn) await giveUp(redis, of, { entryId, visibilityMs, answerMs: settings.answerMs, deadMost: 10_000, clock });
      if (room() <= 0) return;
    }
    const wait = Math.max(1, Math.min(blockMs, claimAt - clock.now()));
    (await take(takes, of, { consumer, most: room(), blockMs: wait })).forEach(begin);
  }

  /** Until it is stopped, or nobody asks for it any more. */
  async function rest(): Promise<void> {
    while (hands.size > 0) await new Promise<void>((resolve) => (freed = resolve));
    await sayDrained(redis, of, consumer);
    await clock.sleep(claimMs, stopping);
  }

  async function keepTouch(): Promise<void> {
    for (;;) {
      await clock.sleep(visibilityMs / 3, ended.signal);
      if (ended.signal.aborted) return;
      if (hands.size === 0) continue;
      // Where Redis is away nobody else gets at them either.
      const lost = await touch(redis, of, { consumer, entryIds: [...hands.keys()] }).catch((error: unknown) => (isNoGroup(error) ? [...hands.keys()] : []));
      for (const id of lost) hands.get(id)?.hold.letGo(taken());
    }
  }

  const aside = [keepTouch(), answerHealth(settings, ended.signal)];
  // An idle worker need not wait out its read.
  stopping.addEventListener('abort', () => takes.disconnect(), { once: true });
  try {
    await persevere(once, { redis, settings, stopping });
  } finally {
    // What came with a read that was cut off is nobody's yet.
    await release(redis, of, { consumer, visibilityMs, except: [...hands.keys()] }).catch(() => undefined);
    while (hands.size > 0) await new Promise<void>((resolve) => (freed = resolve));
    ended.abort();
    takes.disconnect();
    await Promise.all(aside);
    redis.disconnect();
  }
}

function holding(through: () => void): Hold {
  let abort: AbortController | undefined;
  let lost: { readonly reason: unknown } | undefined;
  return {
    get signal() {
      abort ??= new AbortController();
      if (lost) abort.abort(lost.reason);
      return abort.signal;
    },
    check() {
      if (lost) throw lost.reason;
    },
    letGo(reason) {
      lost ??= { reason };
      abort?.abort(lost.reason);
    },
    through,
  };
}

/** Goes round and round until it shall stop; mends a lost group and waits for a Redis that is away. */
async function persevere(once: () => Promise<void>, { redis, settings, stopping }: { readonly redis: Redis; readonly settings: Settings; readonly stopping: AbortSignal }): Promise<void> {
  const { of, clock, tell } = settings;
  let refusedAt: number | undefined;
  let isAwayNow = false;
  for (let pause = pauseMs; !stopping.aborted;) {
    try {
      await once();
      if (isAwayNow) tell({ is: 'back' });
      [isAwayNow, refusedAt, pause] = [false, undefined, pauseMs];
    } catch (error) {
      if (stopping.aborted) return;
      if (isNoGroup(error)) {
        await declareGroup(redis, of).catch(() => undefined);
      } else {
        const isRefused = isNebError(inWords(error), 'unauthorized');
        if (isRefused) refusedAt ??= clock.now();
        if (isRefused ? clock.now() - refusedAt! > refusedMs : !isAway(error)) throw inWords(error);
        if (!isAwayNow) tell({ is: 'away', error: inWords(error) });
        isAwayNow = true;
      }
      await clock.sleep(pause, stopping);
      pause = Math.min(pause * 2, longestPauseMs);
    }
  }
}
