import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { collect } from '@neb/core-types';
import { createNeb, type Neb } from '@neb/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { containersOf, removeFleet } from './engine.ts';
import { eventually } from './eventually.ts';
import { redisOf } from './redis-of.ts';
import { type ServerProcess, serverProcess } from './server-process.ts';
import { makeWorkerImage, redisCliImage } from './worker-image.ts';

/** Ten minutes in `pnpm test:long`; always many times what a worker with nothing to do is kept for. */
const holdMs = Number(process.env['NEB_TEST_ROUNDS'] ?? 20) >= 200 ? 600_000 : 22_000;
/** Takes minutes whatever it is told, and so is left to whoever wants 20 rounds or more. */
const isWanted = Number(process.env['NEB_TEST_ROUNDS'] ?? 20) >= 20;
const image = 'neb/slow-worker:latest';
const namespace = 'busy';
/** Holds what it takes for as long, and gives no sign of life meanwhile. */
const plainWorker = `trap 'exit 0' TERM
cli() { redis-cli -e --no-auth-warning -u "$REDIS_URL" "$@" 2>/dev/null; }
while :; do
  entry=$(cli XREADGROUP GROUP "$REDIS_CONSUMER_GROUP" "$REDIS_CONSUMER" COUNT 1 BLOCK 500 STREAMS "$REDIS_STREAM" '>')
  id=$(echo "$entry" | sed -n 2p)
  if [ -z "$id" ]; then sleep 0.2; continue; fi
  sleep ${holdMs / 1_000}
  until cli HINCRBY "$REDIS_STREAM.state.effects" long 1 >/dev/null && cli RPUSH "$REDIS_STREAM.state.runs" "long 1 $REDIS_CONSUMER" >/dev/null && cli XACK "$REDIS_STREAM" "$REDIS_CONSUMER_GROUP" "$id" >/dev/null; do sleep 0.5; done
done`;

let dataDir: string;
let server: ServerProcess;
let neb: Neb;
let fleet: string;

beforeAll(async () => {
  await makeWorkerImage(image, 'slow-worker.ts');
  dataDir = await mkdtemp(join(tmpdir(), 'neb-busy-'));
  server = await serverProcess(dataDir, { NEB_PLATFORMS: 'docker' });
  server.start();
  await server.ready(240_000);
  neb = createNeb({ url: server.url, token: (await readFile(join(dataDir, 'token'), 'utf8')).trim() });
  fleet = (await neb.version()).fleet;
}, 180_000);

afterAll(async () => {
  await server.stop();
  await removeFleet(fleet);
  await rm(dataDir, { recursive: true, force: true });
}, 120_000);

const names = ['alone', 'beside', 'by-hand', 'rolled', 'fewer', 'plain'] as const;
type Name = (typeof names)[number];

function processor(name: Name, more: { readonly max?: number; readonly env?: string } = {}): object {
  // Two are wanted where two messages wait, and one of many where one is left.
  const threshold = name === 'fewer' ? 1 : 2;
  return {
    kind: 'Processor', metadata: { name, namespace }, stream: `${namespace}:${name}`,
    container: { platform: 'docker', ...(name === 'plain' ? { image: redisCliImage, command: plainWorker } : { image }), env: [{ key: 'EDITION', value: more.env ?? 'first' }] },
    min_workers: 0, max_workers: more.max ?? 3, max_attempts: 2, visibility: name === 'plain' ? '15m' : '6s',
    scale: { up: { above_pressure: threshold, duration: '1s' }, down: { below_pressure: threshold, duration: '1s' }, zero: { duration: '2s' } },
  };
}

test.skipIf(!isWanted)(`a worker that holds a message for ${holdMs / 1_000} s is not stopped, whatever its processor is told and whoever restarts`, async () => {
  const redis = redisOf(dataDir);
  await neb.apply(names.map((name) => processor(name)));
  const send = (name: Name, n: string, ms: number): Promise<unknown> => neb.processors.send({ namespace, name }, { n, ms }, { key: n });
  await Promise.all(names.map((name) => send(name, 'long', holdMs)));
  const sentAt = Date.now();
  // Another long one, so that one of two busy ones is to go; and work for others beside, who then go.
  await send('fewer', 'long-too', holdMs);
  await Promise.all(Array.from({ length: 6 }, (_, n) => send('beside', `short-${n}`, 1_000)));

  const holders = new Map(await Promise.all(names.map(async (name) => [name, await eventually(() => holdersOf(name, name === 'fewer' ? 2 : 1), 60_000)] as const)));
  const firstOf = (name: Name): string => holders.get(name)![0]!;
  await neb.processors.scale({ namespace, name: 'by-hand' }, 0);
  await neb.processors.scale({ namespace, name: 'plain' }, 0);
  await neb.apply([processor('rolled', { env: 'second' }), processor('fewer', { max: 1 })], { mode: 'replace' });
  await server.kill();
  await sleep(500);
  server.start();
  await server.ready(240_000);
  await sleep(3_000);
  await redis.kill();
  await server.stop();
  server.start();
  await server.ready(240_000);
  // Others have gone meanwhile, and the spec's next edition has a worker, or had one.
  await eventually(async () => {
    const left = (await neb.processors.explain({ namespace, name: 'beside' })).replicas.map(({ id }) => id);
    expect(left).toContain(firstOf('beside'));
    // One is kept as room beside one that is always busy.
    expect(left.length).toBeLessThanOrEqual(2);
  }, 60_000);
  const editions = async (): Promise<readonly unknown[]> => (await collect(neb.containers.list({ namespace }))).filter(({ metadata }) => metadata.labels?.['neb.processor'] === 'rolled').flatMap(({ env = [] }) => env.filter(({ key }) => key === 'EDITION').map(({ value }) => value));
  await eventually(async () => expect(await editions()).toContain('second'), 60_000);
  if (Date.now() - sentAt < holdMs - 2_000) {
    const running = new Set((await containersOf(fleet)).filter(({ state }) => state === 'running').map(({ key }) => key.slice(0, key.lastIndexOf('-'))));
    for (const name of names) expect([name, holders.get(name)!.filter((id) => !running.has(id))], 'who held a message and is stopped').toEqual([name, []]);
  }

  // Nobody had to take a message again, each was done by who took it first, and then all have gone.
  await eventually(async () => {
    for (const name of names) {
      const { pressure, processor: { status } } = await neb.processors.explain({ namespace, name });
      expect([name, pressure?.backlog, pressure?.pending, status?.replicas]).toEqual([name, 0, 0, { desired: 0, ready: 0, starting: 0, draining: 0 }]);
    }
    expect(await containersOf(fleet)).toEqual([]);
  }, holdMs + 120_000);
  for (const name of names) {
    const runs = await redis.list(`${namespace}:${name}.state.runs`);
    const long = runs.filter((run) => run.startsWith('long')).map((run) => run.split(' '));
    expect([name, long.map(([, attempt]) => attempt), long.map(([, , consumer]) => consumer!.slice('container-'.length)).toSorted()]).toEqual([name, holders.get(name)!.map(() => '1'), holders.get(name)]);
    const effects = await redis.hash(`${namespace}:${name}.state.effects`);
    expect([name, [...effects.values()].filter((times) => times !== '1'), effects.size]).toEqual([name, [], { alone: 1, beside: 7, 'by-hand': 1, rolled: 1, fewer: 2, plain: 1 }[name]]);
    expect([name, await collect(neb.processors.deadLetters.list({ namespace, name }))]).toEqual([name, []]);
  }
});

/** The containers that hold messages, once so many do that take long. */
async function holdersOf(name: Name, count: number): Promise<readonly string[]> {
  const { pressure, replicas } = await neb.processors.explain({ namespace, name });
  const busy = replicas.filter(({ pending = 0 }) => pending > 0).map(({ id }) => id);
  expect([name, pressure?.backlog, busy.length]).toEqual([name, 0, count]);
  return busy.toSorted();
}
