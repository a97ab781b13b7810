import { setTimeout as sleep } from 'node:timers/promises';
import { fraction } from '@neb/core-types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { containersOf, importBusybox, removeFleet } from './engine.ts';
import { eventually } from './eventually.ts';
import { type MortalServer, mortalServer, namespace } from './rounds.ts';
import { seeded } from './seed.ts';

const { rounds, seed, chance } = seeded('crash test', 10);
const image = 'neb/crash-test:latest';
const docker = { image, platform: 'docker', restart: 'Always' };
const sorts = { sleeps: { ...docker, command: 'sleep 3600' }, restarts: { ...docker, command: 'sleep 1; exit 1' } };

let server: MortalServer;

beforeAll(async () => {
  await importBusybox(image);
  server = await mortalServer({});
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await removeFleet(server.fleet);
});

test(`${rounds} times killed at random moments: no orphan, no duplicate, none lost (NEB_TEST_SEED=${seed})`, async () => {
  const { neb, fleet } = server;
  const wanted = await server.suffer({
    rounds, chance, sorts, names: 20,
    moment: () => sleep(50 + fraction(chance) * 1_500),
    tell: (done) => console.log(`crash test: ${done} rounds`),
  });

  await eventually(async () => {
    const { items } = await neb.containers.list({ namespace, limit: 100 });
    const alive = items.filter((c) => !c.metadata.deleted_at);
    expect(alive.map((c) => c.metadata.name).sort()).toEqual([...wanted.keys()].sort());
    for (const c of alive.filter((c) => wanted.get(c.metadata.name) === 'sleeps')) expect(c.status.status, `${c.metadata.name}: ${JSON.stringify(c.status)}`).toBe('running');
    const there = await containersOf(fleet);
    const owners = there.map((instance) => instance.key.slice(0, instance.key.lastIndexOf('-')));
    const ids = new Map(alive.map((c) => [c.metadata.id, c.metadata.name]));
    expect(owners.filter((id) => !ids.has(id)), 'orphans').toEqual([]);
    expect(owners.filter((id, at) => owners.indexOf(id) !== at).map((id) => ids.get(id)), 'duplicates').toEqual([]);
    const sleeping = alive.filter((c) => wanted.get(c.metadata.name) === 'sleeps').map((c) => c.metadata.id);
    expect(sleeping.filter((id) => !owners.includes(id)), 'lost').toEqual([]);
  }, 180_000);
});
