import type { ContainerSpec, InstanceUsage, Provider } from '@neb/core-types';
import { expect, test } from 'vitest';
import { stage, type StageOptions } from '../harness.ts';

interface Staged {
  readonly idle: ContainerSpec['idle'];
  /** What is used, after so many milliseconds of the test. */
  readonly usage?: ((ms: number) => InstanceUsage) | undefined;
}

const still: InstanceUsage = { cpus: 0, memoryBytes: 1, rxBytes: 5, txBytes: 5 };
const ladder: ContainerSpec['idle'] = [{ after: '5m', do: 'warn' }, { after: '10m', do: 'suspend' }, { after: '1h', do: 'delete' }];
const minute = 60_000;

async function idling({ idle, usage = () => still }: Staged) {
  const provider: StageOptions['provider'] = (cloud, clock): Provider => {
    const from = clock.now();
    return { ...cloud.provider, usage: async () => usage(clock.now() - from) };
  };
  const s = stage({ startMs: 100, provider });
  s.start();
  await s.create({ id: 'a', spec: { restart: 'Always', idle } });
  const word = async (): Promise<string> => (await s.store.get('Container', 'a'))!.status.status;
  await s.until(async () => (await word()) === 'running');
  return { s, word };
}

test('a container that does nothing goes down its ladder, one step after another', async () => {
  const { s, word } = await idling({ idle: ladder });
  await s.pass(4 * minute, 5_000);
  expect((await s.get('a')).status.idle).toMatchObject({ steps: 0 });
  await s.pass(3 * minute, 5_000);
  expect(await s.events('a')).toEqual(['Placed', 'Started', 'Idle']);
  expect(await word()).toBe('running');
  await s.pass(5 * minute, 5_000);
  expect(await word()).toBe('paused');
  expect(await s.events('a')).toEqual(['Placed', 'Started', 'Idle', 'IdleSuspend', 'Suspended']);
  await s.pass(40 * minute, 10_000);
  expect(await word()).toBe('paused');
  await s.pass(12 * minute, 10_000);
  expect(await word()).toBe('deleted');
  expect(await s.instances()).toEqual([]);
  await s.stop();
});

test('one that was resumed begins anew', async () => {
  const { s, word } = await idling({ idle: ladder });
  await s.pass(12 * minute, 5_000);
  expect(await word()).toBe('paused');
  const container = await s.get('a');
  await s.store.commit([{ do: 'put', resource: { ...container, status: { ...container.status, asked: { do: 'resume', at: new Date(s.clock.now()).toISOString() } } } }, { do: 'wake', kind: 'Container', id: 'a' }]);
  await s.until(async () => (await word()) === 'running');
  await s.pass(4 * minute, 5_000);
  expect(await word()).toBe('running');
  expect((await s.get('a')).status.idle).toMatchObject({ steps: 0 });
  await s.stop();
});

test.each<[string, (ms: number) => InstanceUsage]>([
  ['uses a core now and then', (ms) => ({ ...still, cpus: ms % (3 * minute) < 30_000 ? 0.5 : 0 })],
  ['sends', (ms) => ({ ...still, txBytes: ms * 4 })],
  ['is somewhere where what it sends cannot be known', () => ({ cpus: 0, memoryBytes: 1 })],
  ['cannot be looked at', () => { throw new Error('no'); }],
])('one that %s is left alone', async (_, usage) => {
  const { s, word } = await idling({ idle: ladder, usage });
  await s.pass(30 * minute, 10_000);
  expect(await word()).toBe('running');
  expect(await s.events('a')).toEqual(['Placed', 'Started']);
  await s.stop();
});

test('whoever has no ladder is not looked at, and who has one no oftener than it takes', async () => {
  let looks = 0;
  const usage = (): InstanceUsage => {
    looks++;
    return { ...still, cpus: 1 };
  };
  const without = await idling({ idle: undefined, usage });
  await without.s.pass(60 * minute, 30_000);
  await without.s.stop();
  expect(looks).toBe(0);
  const { s } = await idling({ idle: [{ after: '15m', do: 'suspend' }], usage });
  await s.pass(60 * minute, 10_000);
  expect(looks).toBeLessThanOrEqual(61);
  expect((await s.get('a')).version).toBeLessThan(8);
  await s.stop();
});
