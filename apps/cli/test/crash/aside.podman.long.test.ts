import { setTimeout as sleep } from 'node:timers/promises';
import { collect, type Container, fraction, type Instance, isNebError, NebError } from '@neb/core-types';
import { type DockerProvider, podman } from '@neb/providers-docker';
import { busyboxImage, collectText, copyImage, type OwnEngine, podmanEngine, type TestImage } from '@neb/providers-docker/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { type MortalServer, mortalServer, namespace } from './rounds.ts';
import { seeded } from './seed.ts';

const { rounds, seed, chance } = seeded('crash test of what moves and forks', 20);
/** Two engines and a real process take minutes. */
const isWanted = rounds >= 20;
const origins = ['a', 'b', 'c'];
/** A server that is killed again and again gets on slowly. */
const inTimeMs = 3_600_000;
/** In whose midst it is killed, each in its turn. */
const moments = ['saving', 'shipping', 'restoring', 'verifying', 'leaving', 'asked to move', 'fork saving', 'fork'];
/** That often one of them is not met in time, and it is killed in whatever it is at. */
const momentMs = 20_000;
const afterwardsMs = 300_000;

/** Draws a word that only its memory holds, and counts. */
const script = 'word=$(cat /proc/sys/kernel/random/uuid); i=0; while true; do i=$((i+1)); echo "$word $i" >/tmp/new; mv /tmp/new /tmp/state; sleep 0.1; done';

let engines: readonly OwnEngine[] = [];
let image: TestImage;
let provider: DockerProvider;
let server: MortalServer;

beforeAll(async () => {
  if (!isWanted) return;
  engines = [await podmanEngine({ isHost: true }), await podmanEngine({ isHost: true })];
  const [one, two] = engines;
  image = await busyboxImage(undefined, one!.api);
  await copyImage(image.image, one!.api, two!.api);
  server = await mortalServer({ NEB_PLATFORMS: 'podman', NEB_PODMAN: `one=${one!.socketPath},two=${two!.socketPath}`, NEB_RATE_LIMIT: 'off', NEB_TAKEOVER: '3s', NODE_OPTIONS: '--conditions=neb-built' });
  provider = podman({ hosts: [{ name: 'one', socketPath: one!.socketPath }, { name: 'two', socketPath: two!.socketPath }] });
});

afterAll(async () => {
  if (!isWanted) return;
  for (const { ref } of await instances()) await provider.delete(ref, { graceMs: 0 });
  await server[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
  for (const engine of engines) await engine.stop();
});

test.skipIf(!isWanted)(`${rounds} times killed while containers move and fork: one copy of each lives, with what it held, each fork is there once, and no snapshot is left (NEB_TEST_SEED=${seed})`, async () => {
  for (const name of origins) await server.neb.containers.create({ metadata: { name, namespace }, image: image.image, platform: 'podman', command: script, restart: 'Always' });
  await Promise.all(origins.map(settled));
  const did = { moves: 0, returns: 0, forks: 0 };
  const killed = new Map<string, number>();
  const ill = new Set<string>();
  let isOver = false;

  const watching = watch(() => isOver, ill);
  const lanes = Promise.all(origins.map(async (name) => {
    while (!isOver) await (fraction(chance) < 0.6 ? moveOnce(name) : forkOnce(name));
  }));
  // Whatever goes wrong in a lane ends the rounds, too.
  let trouble: unknown;
  lanes.catch((error: unknown) => { trouble = error; });
  for (let round = 1; round <= rounds && trouble === undefined; round++) {
    for (const phase of await midst(moments[round % moments.length]!)) killed.set(phase, (killed.get(phase) ?? 0) + 1);
    await server.die();
    if (round % 20 === 0) console.log(`crash test of what moves and forks: ${round} rounds; ${JSON.stringify(did)}`);
  }
  isOver = true;
  await lanes;
  await watching;

  // What a crash left behind is swept after half a minute.
  await eventually(async () => {
    expect(await collect(provider.suspend!.snapshots({ fleet: server.fleet })), 'snapshots are left').toEqual([]);
    const ids = await Promise.all(origins.map(async (name) => (await settled(name)).metadata.id));
    expect((await instances()).map(({ key, state }) => `${state} ${ownerOf(key)}`).sort(), 'instances').toEqual(ids.map((id) => `running ${id}`).sort());
  }, afterwardsMs);
  expect([...ill]).toEqual([]);
  expect(did.moves).toBeGreaterThan(0);
  expect(did.forks).toBeGreaterThan(0);
  console.log(`crash test of what moves and forks: killed ${rounds} times, in ${JSON.stringify(Object.fromEntries(killed))}; ${did.moves} moves, ${did.returns} that went back, ${did.forks} forks`);

  async function moveOnce(name: string): Promise<void> {
    const before = await settled(name);
    const held = await stateOf(before);
    const to = before.status.region === 'one' ? 'two' : 'one';
    const there = await eventually(async () => {
      const now = await server.neb.containers.get({ namespace, name });
      if (isSettled(now) && now.status.region === to) return now;
      if (isSettled(now)) await server.neb.containers.migrate({ namespace, name }, { platform: 'podman', region: to });
      throw new Error(`it does not come to ${to}: ${JSON.stringify(now.status)}`);
    }, inTimeMs);
    did.moves++;
    did.returns += Math.max(0, there.status.attempts - before.status.attempts - 1);
    await same(there, held, 'after a move');
  }

  async function forkOnce(name: string): Promise<void> {
    const origin = await settled(name);
    const held = await stateOf(origin);
    const as = `${name}-${did.forks}`;
    const names = [`${as}-1`, `${as}-2`];
    did.forks += names.length;
    const forks = await eventually(async () => {
      const found = await Promise.all(names.map(async (one) => await server.neb.containers.get({ namespace, name: one }).catch(none)));
      if (found.every((one) => one === undefined)) await server.neb.containers.fork({ namespace, name }, { name: as, count: names.length });
      const failed = found.find((one) => one?.status.status === 'failed');
      if (failed) throw new NebError('invalid', `${failed.metadata.name} failed: ${failed.status.message}`);
      if (found.every((one) => one && isSettled(one))) return found as readonly Container[];
      throw new Error(`they do not come to run: ${JSON.stringify(found.map((one) => one?.status))}`);
    }, inTimeMs);
    for (const fork of forks) await same(fork, held, 'as a fork');
    await same(await settled(name), held, 'after a fork');
    for (const one of names) {
      await eventually(() => server.neb.containers.delete({ namespace, name: one }), inTimeMs);
      await eventually(async () => { if (await isThere(one)) throw new Error(`${one} does not go`); }, inTimeMs);
    }
  }

  /** One copy of it runs, with the memory that it had, and further on. */
  async function same(container: Container, held: State, when: string): Promise<void> {
    const { metadata: { id, name } } = container;
    const copies = (await instances()).filter(({ key }) => ownerOf(key) === id);
    if (copies.length !== 1) ill.add(`${name} has ${copies.length} copies ${when}: ${copies.map(({ key, state }) => `${key} ${state}`).join(', ')}`);
    const now = await stateOf(container);
    if (now.word !== held.word || now.count < held.count) ill.add(`${name} holds ${JSON.stringify(now)} ${when}, and held ${JSON.stringify(held)}`);
  }
}, 7_200_000);

interface State {
  readonly word: string;
  readonly count: number;
}

function none(error: unknown): undefined {
  if (!isNebError(error, 'not_found')) throw error;
}

async function isThere(name: string): Promise<boolean> {
  const found = await server.neb.containers.get({ namespace, name }).catch(none);
  return found !== undefined && found.status.status !== 'deleted';
}

function isSettled({ status: { status, ready, asked, move } }: Container): boolean {
  return status === 'running' && ready && !asked && !move;
}

async function settled(name: string): Promise<Container> {
  return await eventually(async () => {
    const found = await server.neb.containers.get({ namespace, name });
    if (isSettled(found)) return found;
    throw new Error(`${name} does not come to rest: ${JSON.stringify(found.status)}`);
  }, inTimeMs);
}

async function stateOf({ status: { attempt } }: Container): Promise<State> {
  return await eventually(async () => {
    await using session = await provider.exec!(attempt!.ref as Instance['ref'], { command: ['cat', '/tmp/state'] });
    const [word = '', count] = (await collectText(session.output)).trim().split(' ');
    if (word === '' || !(Number(count) > 0)) throw new Error(`it says "${word} ${count}"`);
    return { word, count: Number(count) };
  }, 60_000);
}

async function instances(): Promise<readonly Instance[]> {
  return await collect(provider.list({ fleet: server.fleet }));
}

function ownerOf(key: string): string {
  return key.slice(0, key.lastIndexOf('-'));
}

/** Resolves as soon as some container is at this, or after a while, with what all are at then. */
async function midst(moment: string): Promise<readonly string[]> {
  const deadline = performance.now() + momentMs;
  for (;;) {
    const all = await phases();
    if (performance.now() >= deadline) return all;
    if (all.some((phase) => phase.startsWith(moment))) {
      // Anywhere in it: most take less than a second.
      await sleep(fraction(chance) * 200);
      return all;
    }
    await sleep(20);
  }
}

/** What the containers are at, in the server's words. */
async function phases(): Promise<readonly string[]> {
  const { items } = await server.neb.containers.list({ namespace, limit: 100 });
  return items.map(({ status: { status, reason, progress, move, asked } }) => move?.phase ?? (asked ? `asked to ${asked.do}` : reason === 'SnapshotSaving' ? 'fork saving' : status === 'creating' ? `fork ${progress?.phase ?? 'begins'}` : status));
}

/** What holds at every moment: of no container two copies run. Engines are asked one after the other, so two looks have to agree. */
async function watch(isOver: () => boolean, ill: Set<string>): Promise<void> {
  let before: readonly string[] = [];
  while (!isOver()) {
    // An engine that does not answer this time is asked again.
    const running = (await instances().catch(() => [])).filter(({ state }) => state === 'running').map(({ key }) => key);
    const twice = running.filter((key) => running.some((other) => other !== key && ownerOf(other) === ownerOf(key)));
    for (const key of twice) if (before.includes(key)) ill.add(`${key} runs beside another copy`);
    before = twice;
    await sleep(500);
  }
}
