import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { collect, fraction, isNebError, type Random } from '@neb/core-types';
import { createNeb, type Neb } from '@neb/sdk';
import { expect } from 'vitest';
import { containersOf, removeFleet } from './engine.ts';
import { eventually } from './eventually.ts';
import type { SeenRedis } from './redis-of.ts';
import { type ServerProcess, serverProcess } from './server-process.ts';
import { redisCliImage } from './worker-image.ts';

export interface Storm {
  /** Four fifths of them go to neb's own worker, the others to one that has redis-cli. */
  readonly messages: number;
  readonly chance: Random;
  /** A Redis of the test's own; the server's private one if absent. */
  readonly own?: (SeenRedis & { readonly url: string; start(): void }) | undefined;
  readonly redisOf: (dataDir: string) => SeenRedis;
  readonly image: string;
}

export interface StormFacts {
  readonly seconds: number;
  readonly workersKilled: number;
  readonly serversKilled: number;
  readonly repeatedSends: number;
  readonly deadLetters: number;
}

const namespace = 'storm';
const poisonEvery = 250;
const batch = 100;
/** One batch after another, so that there is work in hand whenever something is hit. */
const paceMs = 200;
/** Only redis-cli: takes what lies, then what is new; notes each message; acknowledges. The first line of XAUTOCLAIM is where it would go on, a message that is somebody else's. */
const plainWorker = `trap 'exit 0' TERM
cli() { redis-cli -e --no-auth-warning -u "$REDIS_URL" "$@" 2>/dev/null; }
while :; do
  entries=$(cli XAUTOCLAIM "$REDIS_STREAM" "$REDIS_CONSUMER_GROUP" "$REDIS_CONSUMER" "$NEB_VISIBILITY_MS" 0 COUNT 50 | busybox tail -n +2; cli XREADGROUP GROUP "$REDIS_CONSUMER_GROUP" "$REDIS_CONSUMER" COUNT 50 BLOCK 500 STREAMS "$REDIS_STREAM" '>')
  ids=$(echo "$entries" | busybox grep -oE '^[0-9]{10,}-[0-9]+$')
  seen=$(echo "$entries" | busybox grep -oE '"n":[0-9]+' | busybox cut -c 5-)
  if [ -z "$ids" ]; then sleep 0.2; else cli SADD "$REDIS_STREAM.state.seen" $seen >/dev/null && cli XACK "$REDIS_STREAM" "$REDIS_CONSUMER_GROUP" $ids >/dev/null; fi
done`;

const isPoison = (n: number): boolean => n % poisonEvery === 0;

/** The built server, real workers in containers and Redis, all killed at random while clients send; then what has become of each message. */
export async function storm({ messages, chance, own, redisOf, image }: Storm): Promise<StormFacts> {
  const dataDir = await mkdtemp(join(tmpdir(), 'neb-storm-'));
  const redis = own ?? redisOf(dataDir);
  const server = await serverProcess(dataDir, { NEB_PLATFORMS: 'docker', ...(own && { REDIS_URL: own.url }) });
  const startedAt = Date.now();
  let fleet: string | undefined;
  let isGood = false;
  try {
    server.start();
    await server.ready(240_000);
    const neb = createNeb({ url: server.url, token: (await readFile(join(dataDir, 'token'), 'utf8')).trim() });
    fleet = (await neb.version()).fleet;
    await neb.apply(['ours', 'plain'].map((name) => processor(name, image)));
    const [ours, plain] = [Math.floor(messages * 0.8), messages - Math.floor(messages * 0.8)];
    const over = new AbortController();
    const killing = kill({ server, fleet, chance, signal: over.signal });
    const redisDies = (async () => {
      await sleep((ours / batch) * paceMs * (0.3 + 0.4 * fraction(chance)));
      await redis.kill();
      await sleep(fraction(chance) * 1_000);
      own?.start();
    })();
    const [repeated] = await Promise.all([Promise.all([
      send(neb, 'ours', { count: ours, paceMs, content: (n) => ({ n, poison: isPoison(n) }) }),
      send(neb, 'plain', { count: plain, paceMs: 4 * paceMs, content: (n) => ({ n }) }),
    ]), redisDies]);
    over.abort();
    const killed = await killing;
    await server.ready(240_000);
    await settled(neb, fleet);

    const effects = await redis.hash('storm:ours.state.effects');
    const dead = await collect(neb.processors.deadLetters.list({ namespace, name: 'ours' }, { limit: 1_000 }));
    const letters = new Map(dead.map(({ content, error }) => [(content as { readonly n: number }).n, error]));
    const all = Array.from({ length: ours }, (_, n) => n);
    expect([...effects].filter(([, times]) => times !== '1'), 'effects that happened more than once').toEqual([]);
    expect(dead.length, 'dead letters that are there twice').toBe(letters.size);
    expect(all.filter((n) => !effects.has(String(n)) && !letters.has(n)), 'messages that are nowhere').toEqual([]);
    expect(all.filter((n) => isPoison(n) && !letters.get(n)?.startsWith(`poison ${n}`)), 'poison that is not among the dead letters with its error').toEqual([]);
    // One may have had nothing but bad luck: killed with its worker, time and again. Then it is kept, and says so.
    expect([...letters.keys()].filter((n) => !isPoison(n)).length, 'messages that only had bad luck').toBeLessThanOrEqual(messages / 1_000);
    expect([...letters.keys()].filter((n) => effects.has(String(n))), 'dead letters whose effect has happened').toEqual([]);
    const seen = await redis.members('storm:plain.state.seen');
    const unlucky = new Set((await collect(neb.processors.deadLetters.list({ namespace, name: 'plain' }, { limit: 1_000 }))).map(({ content }) => (content as { readonly n: number }).n));
    expect(Array.from({ length: plain }, (_, n) => n).filter((n) => !seen.has(String(n)) && !unlucky.has(n)), 'messages that no worker with redis-cli has seen, and that are not kept').toEqual([]);
    expect(unlucky.size, 'messages of workers with redis-cli that only had bad luck').toBeLessThanOrEqual(messages / 1_000);

    await neb.processors.delete({ namespace, name: 'ours' });
    await neb.processors.delete({ namespace, name: 'plain' });
    await eventually(async () => expect((await collect(neb.processors.list({ namespace }))).filter(({ status }) => status?.status !== 'deleted')).toEqual([]));
    isGood = true;
    return { seconds: Math.round((Date.now() - startedAt) / 1_000), ...killed, repeatedSends: repeated[0] + repeated[1], deadLetters: dead.length };
  } finally {
    if (!isGood) console.log((await readFile(join(dataDir, 'server.log'), 'utf8')).slice(-6_000));
    await server.stop();
    if (fleet !== undefined) await removeFleet(fleet);
    await rm(dataDir, { recursive: true, force: true });
  }
}

function processor(name: string, image: string): object {
  return {
    kind: 'Processor', metadata: { name, namespace }, stream: `${namespace}:${name}`,
    container: { platform: 'docker', ...(name === 'plain' ? { image: redisCliImage, command: plainWorker } : { image }) },
    min_workers: 0, max_workers: 3, max_attempts: 12, visibility: '4s',
    scale: { up: { above_pressure: 50, duration: '1s' }, down: { below_pressure: 10, duration: '2s' }, zero: { duration: '4s' } },
  };
}

interface Sending {
  readonly count: number;
  readonly paceMs: number;
  readonly content: (n: number) => object;
}

/** All of them, each with a key, again and again until the server has taken it; how many sends had to be repeated. */
async function send(neb: Neb, name: string, { count, paceMs: pauseMs, content }: Sending): Promise<number> {
  let repeated = 0;
  for (let first = 0; first < count; first += batch) {
    const messages = Array.from({ length: Math.min(batch, count - first) }, (_, at) => ({ content: content(first + at), key: `${name}-${first + at}` }));
    for (;;) {
      try {
        await neb.processors.sendAll({ namespace, name }, messages, { signal: AbortSignal.timeout(20_000) });
        break;
      } catch (error) {
        if (!isNebError(error) && !(error instanceof DOMException)) throw error;
        if (isNebError(error) && !error.retryable && error.code !== 'uncertain') throw error;
        repeated += 1;
        await sleep(100);
      }
    }
    await sleep(pauseMs);
  }
  return repeated;
}

interface Killing {
  readonly server: ServerProcess;
  readonly fleet: string;
  readonly chance: Random;
  readonly signal: AbortSignal;
}

/** Kills a worker every second or two, and the server every eight or so, until it is enough. */
async function kill({ server, fleet, chance, signal }: Killing): Promise<{ readonly workersKilled: number; readonly serversKilled: number }> {
  let [workersKilled, serversKilled] = [0, 0];
  const servers = (async () => {
    while (!signal.aborted) {
      await sleep(4_000 + fraction(chance) * 8_000, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await server.kill();
      serversKilled += 1;
      await sleep(fraction(chance) * 1_500);
      server.start();
      await server.ready(240_000);
    }
  })();
  while (!signal.aborted) {
    await sleep(500 + fraction(chance) * 2_000, undefined, { signal }).catch(() => undefined);
    const running = (await containersOf(fleet)).filter(({ state }) => state === 'running');
    const hit = running[Math.floor(fraction(chance) * running.length)];
    if (!hit || signal.aborted) continue;
    // It may have ended by itself meanwhile.
    workersKilled += await promisify(execFile)('docker', ['kill', hit.id]).then(() => 1, () => 0);
  }
  await servers;
  return { workersKilled, serversKilled };
}

/** Nothing waits, nothing is in hand, no worker is left, and no container that nobody knows. */
async function settled(neb: Neb, fleet: string): Promise<void> {
  await eventually(async () => {
    for (const name of ['ours', 'plain']) {
      const { pressure, processor: { status } } = await neb.processors.explain({ namespace, name });
      expect([name, pressure?.backlog, pressure?.pending, status?.status, status?.replicas]).toEqual([name, 0, 0, 'idle', { desired: 0, ready: 0, starting: 0, draining: 0 }]);
    }
    expect((await collect(neb.containers.list({ namespace }))).map(({ metadata }) => metadata.name)).toEqual([]);
    expect(await containersOf(fleet)).toEqual([]);
  });
}
