import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { collect, isNebError } from '@neb/core-types';
import { createNeb, type Neb } from '@neb/sdk';
import { beforeAll, expect, test } from 'vitest';
import { containersOf, removeFleet } from './engine.ts';
import { eventually } from './eventually.ts';
import { postgresServer } from './postgres-server.ts';
import { ownRedis } from './redis-of.ts';
import { type ServerProcess, serverProcess } from './server-process.ts';
import { makeWorkerImage } from './worker-image.ts';

const rounds = Math.max(1, Math.round(Number(process.env['NEB_TEST_ROUNDS'] ?? 20) / 20));
/** Takes minutes whatever it is told, and so is left to whoever wants 20 rounds or more. */
const isWanted = Number(process.env['NEB_TEST_ROUNDS'] ?? 20) >= 20;
const image = 'neb/slow-worker:latest';
const of = { namespace: 'both', name: 'steps' };

interface Side extends ServerProcess {
  readonly neb: Neb;
}

interface Pair extends AsyncDisposable {
  readonly a: Side;
  readonly b: Side;
  readonly fleet: string;
}

beforeAll(() => makeWorkerImage(image, 'slow-worker.ts'), 180_000);

test.skipIf(!isWanted)('two servers on one database and one Redis decide once, and each goes on when the other is killed', async () => {
  await using database = await postgresServer();
  await using redis = await ownRedis();
  await using pair = await twoServers({ DATABASE_URL: database.url, REDIS_URL: redis.url });
  const { a, b, fleet } = pair;
  const made = new Set<string>();
  const looking = setInterval(() => void containersOf(fleet).then((all) => all.forEach(({ key }) => made.add(key)), () => undefined), 100);
  try {
    await a.neb.apply([{
      kind: 'Processor', metadata: { name: of.name, namespace: of.namespace }, container: { image, platform: 'docker' }, min_workers: 0, max_workers: 3, visibility: '4s',
      scale: { up: { above_pressure: 5, duration: '1s' }, down: { below_pressure: 2, duration: '1s' }, zero: { duration: '2s' } },
    }]);
    // Sent through one, read through the other.
    await a.neb.processors.sendAll(of, Array.from({ length: 40 }, (_, n) => ({ content: { n: `first-${n}`, ms: 200 }, key: `first-${n}` })));
    expect((await b.neb.processors.read(of, { limit: 100 })).items).toHaveLength(40);
    await resting(b.neb, fleet);
    const steps = await stepsOf(b.neb);
    // Each change was told once, each goes on from the one before, and no container was made beyond them.
    expect(steps.map(({ from }) => from)).toEqual([0, ...steps.map(({ to }) => to)].slice(0, -1));
    expect(steps.at(-1)?.to).toBe(0);
    expect(made.size).toBe(steps.reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0));
    expect(Math.max(...steps.map(({ to }) => to))).toBeGreaterThan(1);

    let sent = 0;
    for (let round = 0; round < rounds; round++) {
      for (const [dies, lives] of [[a, b], [b, a]] as const) {
        const flowing = flow([dies.neb, lives.neb], { first: sent, count: 60 });
        sent += 60;
        await sleep(1_500);
        await dies.kill();
        await flowing;
        await resting(lives.neb, fleet);
        // From nothing, with one of them dead.
        const before = Date.now();
        await lives.neb.processors.ask(of, { n: `alone-${sent}`, ms: 1 }, { key: `alone-${sent}`, waitMs: 60_000 });
        console.log(`two servers: ${Date.now() - before} ms from zero beside a dead one`);
        dies.start();
        await dies.ready(240_000);
      }
    }
    await resting(a.neb, fleet);
    const effects = await redis.hash(`processor:${of.namespace}:${of.name}.state.effects`);
    expect([effects.size, [...effects.values()].filter((times) => times !== '1')]).toEqual([40 + sent + 2 * rounds, []]);
    expect(await collect(b.neb.processors.deadLetters.list(of))).toEqual([]);
  } finally {
    clearInterval(looking);
  }
});

test.skipIf(!isWanted)('two servers on one database that each have a private Redis: the second leaves processors to the first, and says so', async () => {
  await using database = await postgresServer();
  await using pair = await twoServers({ DATABASE_URL: database.url });
  const { a, b, fleet } = pair;
  await a.neb.apply([{ kind: 'Processor', metadata: { name: of.name, namespace: of.namespace }, container: { image, platform: 'docker' }, min_workers: 0, max_workers: 1, scale: { zero: { duration: '1s' } } }]);
  const ask = (neb: Neb, n: string): Promise<unknown> => neb.processors.ask(of, { n, ms: 1 }, { key: n, waitMs: 60_000 });
  // Whichever was asked first, or looked at it first, has it.
  const [first, second] = await eventually(async () => {
    const answers = await Promise.all([a, b].map(({ neb }) => neb.processors.send(of, { n: 'probe', ms: 1 }, { key: 'probe' }).then(() => 'sent', (error: unknown) => (isNebError(error) ? error.message : String(error)))));
    expect(answers.toSorted()).toEqual(['another server of this database keeps the messages of processors in another Redis than this one', 'sent']);
    return answers[0] === 'sent' ? [a, b] as const : [b, a] as const;
  }, 60_000);
  await ask(first.neb, 'one');
  await expect(second.neb.processors.read(of)).rejects.toMatchObject({ code: 'unavailable', hint: expect.stringContaining('the same REDIS_URL') });
  await resting(first.neb, fleet);
  const events = await collect(first.neb.events.list({ namespace: of.namespace }));
  expect(events.filter(({ type, object }) => type === 'warning' && object.kind === 'Processor')).toEqual([]);
  // Half a minute after the first is gone for good, the second has them.
  await first.stop();
  await eventually(() => ask(second.neb, 'two'), 60_000);
});

async function twoServers(env: Readonly<Record<string, string>>): Promise<Pair> {
  const shared = { ...env, NEB_PLATFORMS: 'docker', NEB_TOKEN: 'the-token-of-both-servers', NEB_ENCRYPTION_KEY: 'the-encryption-key-of-both-servers' };
  const folders = await Promise.all(['a', 'b'].map((name) => mkdtemp(join(tmpdir(), `neb-two-${name}-`))));
  const sides = await Promise.all(folders.map(async (folder): Promise<Side> => {
    const server = await serverProcess(folder, shared);
    return { ...server, neb: createNeb({ url: server.url, token: shared.NEB_TOKEN }) };
  }));
  // At once, as on a first day.
  for (const side of sides) side.start();
  await Promise.all(sides.map((side) => side.ready(240_000)));
  const [a, b] = sides as [Side, Side];
  const { fleet } = await a.neb.version();
  expect((await b.neb.version()).fleet).toBe(fleet);
  return {
    a, b, fleet,
    async [Symbol.asyncDispose]() {
      await Promise.all(sides.map((side) => side.stop()));
      await removeFleet(fleet);
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
    },
  };
}

interface Step {
  readonly from: number;
  readonly to: number;
}

/** What the autoscaler told, in order. */
async function stepsOf(neb: Neb): Promise<readonly Step[]> {
  const events = (await collect(neb.events.list({ namespace: of.namespace }))).filter(({ reason }) => reason === 'Scaled');
  const inOrder = events.toSorted((one, other) => Date.parse(one.first_at) - Date.parse(other.first_at));
  return inOrder.flatMap(({ message, count }) => {
    const [, from, to] = /^from (\d+) to (\d+) workers/.exec(message)!;
    return Array.from({ length: count }, () => ({ from: Number(from), to: Number(to) }));
  });
}

/** Through the one, and through the other where the one does not take it; each message with a key. */
async function flow(nebs: readonly [Neb, Neb], { first, count }: { readonly first: number; readonly count: number }): Promise<void> {
  for (let n = first; n < first + count; n++) {
    for (let tries = 0; ; tries++) {
      try {
        await nebs[(n + tries) % 2]!.processors.send(of, { n: String(n), ms: 50 }, { key: String(n), signal: AbortSignal.timeout(3_000) });
        break;
      } catch (error) {
        if (tries > 200 || (isNebError(error) && !error.retryable && error.code !== 'uncertain')) throw error;
        await sleep(50);
      }
    }
    await sleep(40);
  }
}

async function resting(neb: Neb, fleet: string): Promise<void> {
  await eventually(async () => {
    const { pressure, processor: { status } } = await neb.processors.explain(of);
    expect([pressure?.backlog, pressure?.pending, status?.status, status?.replicas.draining]).toEqual([0, 0, 'idle', 0]);
    expect(await containersOf(fleet)).toEqual([]);
  }, 120_000);
}
