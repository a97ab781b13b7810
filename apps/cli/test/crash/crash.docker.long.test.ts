import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fraction, isNebError, systemRandom } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { createNeb, type Neb } from '@neb/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { containersOf, importBusybox, removeFleet } from './engine.ts';
import { type ServerProcess, serverProcess } from './server-process.ts';

const rounds = Number(process.env['NEB_TEST_ROUNDS'] ?? 10);
const seed = Number(process.env['NEB_TEST_SEED'] ?? Buffer.from(systemRandom(4)).readUInt32LE());
const image = 'neb/crash-test:latest';
const namespace = 'crash';
const names = Array.from({ length: 20 }, (_, n) => `c${n}`);
const chance = seededRandom(seed);
const pick = <T>(items: readonly T[]): T => items[Math.floor(fraction(chance) * items.length)]!;
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

let dataDir: string;
let server: ServerProcess;
let neb: Neb;
let fleet: string;

beforeAll(async () => {
  console.log(`crash test: ${rounds} rounds, NEB_TEST_SEED=${seed}`);
  await importBusybox(image);
  dataDir = await mkdtemp(join(tmpdir(), 'neb-crash-'));
  server = await serverProcess(dataDir);
  server.start();
  await server.ready(60_000);
  neb = createNeb({ url: server.url, token: (await readFile(join(dataDir, 'token'), 'utf8')).trim() });
  fleet = (await neb.version()).fleet;
});

afterAll(async () => {
  await server.stop();
  await removeFleet(fleet);
  await rm(dataDir, { recursive: true, force: true });
});

test(`${rounds} times killed at random moments: no orphan, no duplicate, none lost`, async () => {
  /** What was last asked for and answered: a name that is missing here was never asked for or is asked to be gone. */
  const wanted = new Map<string, 'sleeps' | 'restarts'>();
  for (let round = 0; round < rounds; round++) {
    const stop = new AbortController();
    const work = Promise.all([0, 1, 2].map(() => disturb(wanted, stop.signal)));
    await pause(50 + fraction(chance) * 1_500);
    await server.kill();
    stop.abort();
    server.start();
    await work;
    await server.ready(60_000);
    if (round % 20 === 19) console.log(`crash test: ${round + 1} rounds, ${(await containersOf(fleet)).length} instances`);
  }
  // Operations that were under way when the server died may have taken effect or not: say again what is wanted.
  for (const name of names) await settle(() => (wanted.has(name) ? apply(name, wanted.get(name)!) : remove(name)));

  await eventually(async () => {
    const { items } = await neb.containers.list({ namespace, limit: 100 });
    const alive = items.filter((c) => !c.metadata.deleted_at);
    expect(alive.map((c) => c.metadata.name).sort()).toEqual([...wanted.keys()].sort());
    for (const c of alive.filter((c) => wanted.get(c.metadata.name) === 'sleeps')) expect([c.metadata.name, c.status.status]).toEqual([c.metadata.name, 'running']);
    const there = await containersOf(fleet);
    const owners = there.map((instance) => instance.key.slice(0, instance.key.lastIndexOf('-')));
    const ids = new Map(alive.map((c) => [c.metadata.id, c.metadata.name]));
    expect(owners.filter((id) => !ids.has(id)), 'orphans').toEqual([]);
    expect(owners.filter((id, at) => owners.indexOf(id) !== at).map((id) => ids.get(id)), 'duplicates').toEqual([]);
    const sleeping = alive.filter((c) => wanted.get(c.metadata.name) === 'sleeps').map((c) => c.metadata.id);
    expect(sleeping.filter((id) => !owners.includes(id)), 'lost').toEqual([]);
  });
});

/** One client that creates, restarts and deletes until the round is over; a dead server is no reason to stop. */
async function disturb(wanted: Map<string, 'sleeps' | 'restarts'>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const name = pick(names);
    const deed = fraction(chance);
    try {
      if (deed < 0.6) {
        const kind = pick(['sleeps', 'sleeps', 'restarts'] as const);
        wanted.set(name, kind);
        await apply(name, kind);
      } else {
        wanted.delete(name);
        await remove(name);
      }
    } catch (error) {
      if (!isNebError(error)) throw error;
    }
    await pause(20);
  }
}

async function apply(name: string, kind: 'sleeps' | 'restarts'): Promise<void> {
  const command = kind === 'sleeps' ? 'sleep 3600' : 'sleep 1; exit 1';
  await neb.apply([{ kind: 'Container', metadata: { name, namespace }, image, platform: 'docker', command, restart: 'Always' }], { mode: 'replace' });
}

async function remove(name: string): Promise<void> {
  try {
    await neb.containers.delete({ namespace, name });
  } catch (error) {
    if (!isNebError(error, 'not_found')) throw error;
  }
}

/** Again until the server takes it: a name may still be draining. */
async function settle(act: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!isNebError(error) || Date.now() > deadline) throw error;
      await pause(500);
    }
  }
}

async function eventually(check: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 180_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(1_000);
    }
  }
}
