import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Streams, streams } from '../src/streams.ts';
import { workerEnv } from '../src/user.ts';
import { redisServer } from './redis-server.ts';

export interface Storm {
  readonly messages: number;
  /** Every so many is poison. */
  readonly poisonEvery: number;
  readonly workers: number;
  /** Between one hundred messages and the next. */
  readonly paceMs: number;
  /** Mean time between two kills. */
  readonly killMs: number;
}

const care = { maxAttempts: 10, visibilityMs: 1_500 };
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Through workers that are killed and stalled at random, and a Redis that is killed once: every effect once, every poison among the dead letters. */
export async function storm({ messages, poisonEvery, workers, killMs, paceMs }: Storm): Promise<void> {
  await using server = await redisServer('--appendonly', 'yes', '--appendfsync', 'always');
  await using all = streams({ url: server.url, patienceMs: 60_000 });
  const of = { stream: 'storm:ours', group: 'workers' };
  await all.declare(of);
  let user = await all.user(of);
  const env = { ...workerEnv(of, user, { host: '127.0.0.1', port: server.port }), NEB_MAX_ATTEMPTS: String(care.maxAttempts), NEB_VISIBILITY_MS: String(care.visibilityMs) };
  await using crowd = crowdOf(workers, () => spawn(process.execPath, [file('storm-worker.ts')], { env: { ...process.env, ...env }, stdio: 'inherit' }));
  await using _tending = repeating(500, async () => void (await all.tend(of, care)));

  const isPoison = (n: number): boolean => n % poisonEvery === 0;
  const size = 100;
  const sending = (async () => {
    for (let first = 0; first < messages; first += size) {
      await all.send(of, Array.from({ length: Math.min(size, messages - first) }, (_, at) => ({ content: { n: first + at, poison: isPoison(first + at) } })), { answer: (first / size) % 10 === 0 });
      // So that there is work in hand whenever a worker is hit.
      await sleep(paceMs);
    }
  })();
  const whirl = new AbortController();
  const killing = (async () => {
    while (!whirl.signal.aborted) {
      await sleep(Math.random() * 2 * killMs);
      await crowd.killOne();
      // One that stood still for longer than its messages wait comes back and believes that it has them.
      await crowd.stallOne(care.visibilityMs + 1_000);
    }
  })();
  await sleep(2 * killMs);
  await server.kill();
  await sleep(300);
  await server.start();
  user = await all.user(of, { password: user.password });
  await sending;
  await settled(all, of, async () => (await server.redis.hlen(`${of.stream}.state.effects`)) >= messages * 0.6, 600_000);
  whirl.abort();
  await killing;
  await settled(all, of, async () => true, 600_000);

  const effects = await server.redis.hgetall(`${of.stream}.state.effects`);
  const healthy = Array.from({ length: messages }, (_, n) => n).filter((n) => !isPoison(n));
  expect(Object.values(effects).filter((times) => times !== '1'), 'effects that happened more than once').toEqual([]);
  const dead: { readonly n: number; readonly error: string }[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page = await all.deadLetters.list(of, { limit: 1_000, cursor });
    dead.push(...page.items.map(({ content, error }) => ({ n: (content as { readonly n: number }).n, error })));
    cursor = page.next;
  }
  const lost = healthy.filter((n) => effects[n] === undefined);
  // A message may have had nothing but bad luck: killed with its worker, time and again. Then it is kept, and says so.
  expect(lost.filter((n) => !dead.some((letter) => letter.n === n)), 'messages that are nowhere').toEqual([]);
  expect(lost.length, 'messages that only had bad luck').toBeLessThanOrEqual(messages / 1_000);
  expect(dead.filter(({ n }) => isPoison(n)).map(({ n }) => n).toSorted((a, b) => a - b)).toEqual(Array.from({ length: messages }, (_, n) => n).filter(isPoison));
  expect(dead.filter(({ n, error }) => isPoison(n) && !error.startsWith(`poison ${n}`)), 'poison without its error').toEqual([]);
}

/** The same with workers that only have redis-cli and never claim what another let lie: every message at least once, none stuck, none given up. */
export async function plainStorm({ messages, workers, killMs }: Omit<Storm, 'poisonEvery' | 'paceMs'>): Promise<void> {
  await using server = await redisServer('--appendonly', 'yes', '--appendfsync', 'always');
  let handedBack = 0;
  await using all = streams({ url: server.url, patienceMs: 60_000, keep: { claimMs: 500 } });
  const of = { stream: 'storm:plain', group: 'workers' };
  await all.declare(of);
  const user = await all.user(of);
  const env = workerEnv(of, user, { host: '127.0.0.1', port: server.port });
  await using _tending = repeating(500, async () => void (handedBack += (await all.tend(of, care)).handedBack));
  const takeAndDie = async (): Promise<unknown> => await server.redis.call('XREADGROUP', 'GROUP', of.group, 'dead', 'COUNT', 20, 'STREAMS', of.stream, '>');
  const send = async (first: number, end: number): Promise<unknown> => await all.send(of, Array.from({ length: end - first }, (_, n) => ({ content: first + n })), { answer: false });
  // However quick the others are, somebody died with his hands full.
  await send(0, 100);
  await takeAndDie();
  await using crowd = crowdOf(workers, () => spawn('bash', [file('storm-plain.sh')], { env: { ...process.env, ...env }, stdio: 'ignore' }));
  const starts = Array.from({ length: Math.ceil((messages - 100) / 500) }, (_, at) => 100 + at * 500);
  const sending = Promise.all(starts.map(async (first) => await send(first, Math.min(first + 500, messages))));
  for (let n = 0; n < 5 || ((await all.pressure([of]))[0]?.backlog ?? 1) > 0; n++) {
    if (n < 2) await takeAndDie();
    await sleep(Math.random() * 2 * killMs);
    await crowd.killOne();
    if (n !== 2) continue;
    await server.kill();
    await server.start();
    await all.user(of, { password: user.password });
  }
  await sending;
  await settled(all, of, async () => true, 600_000);
  const seen = new Set(await server.redis.smembers(`${of.stream}.state.seen`));
  expect(Array.from({ length: messages }, (_, n) => n).filter((n) => !seen.has(String(n))), 'messages that nobody saw').toEqual([]);
  expect((await all.deadLetters.list(of)).items, 'messages that were given up').toEqual([]);
  expect(handedBack, 'messages that were handed back').toBeGreaterThan(0);
}

async function settled(all: Streams, of: { readonly stream: string; readonly group: string }, isEnough: () => Promise<boolean>, withinMs: number): Promise<void> {
  for (const until = Date.now() + withinMs; Date.now() < until; await sleep(200)) {
    const [pressure] = await all.pressure([of]);
    if ((await isEnough()) && pressure?.backlog === 0 && pressure.pending === 0) return;
  }
  throw new Error(`stuck: ${JSON.stringify(await all.pressure([of]))}`);
}

/** So many processes; one that is killed is followed by another. */
function crowdOf(size: number, spawnOne: () => ChildProcess): AsyncDisposable & { killOne(): Promise<void>; stallOne(ms: number): Promise<void> } {
  const crowd = Array.from({ length: size }, spawnOne);
  async function kill(at: number): Promise<void> {
    const child = crowd[at]!;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
  return {
    async killOne() {
      const at = Math.floor(Math.random() * size);
      await kill(at);
      crowd[at] = spawnOne();
    },
    async stallOne(ms) {
      const child = crowd[Math.floor(Math.random() * size)]!;
      child.kill('SIGSTOP');
      await sleep(ms);
      child.kill('SIGCONT');
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(crowd.map((_, at) => kill(at)));
    },
  };
}

function repeating(ms: number, work: () => Promise<void>): AsyncDisposable {
  const end = new AbortController();
  const running = (async () => {
    while (!end.signal.aborted) {
      await work();
      await sleep(ms, undefined, { signal: end.signal }).catch(() => undefined);
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      end.abort();
      await running;
    },
  };
}
