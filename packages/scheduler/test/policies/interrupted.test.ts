import { NebError, type Provider, type SnapshotRef, timestamp } from '@neb/core-types';
import { memoryCloud } from '@neb/core-types/testing';
import { expect, test } from 'vitest';
import { stage } from '../harness.ts';

const minute = 60_000;

interface Staged {
  readonly spec: object;
  /** Without, the platform puts nothing aside. */
  readonly suspends?: boolean;
  /** Why the platform does not put such instances aside. */
  readonly refuses?: string;
  /** Without, only the instance itself goes on there. */
  readonly forks?: boolean;
  /** Saves never come to an end. */
  readonly isSlow?: boolean;
  readonly memoryBytes?: number;
}

/** A container that runs on a cloud which gives notice, and another cloud of the kind. */
async function running({ spec, suspends = true, refuses, forks = false, isSlow = false, memoryBytes = 2 ** 20 }: Staged) {
  const s = stage({ startMs: 100, provider: ({ provider }) => ({ ...provider, usage: async () => ({ cpus: 0, memoryBytes }), suspend: suspends ? { ...provider.suspend!, forks, ...(refuses !== undefined && { refusal: async () => refuses }), ...(isSlow && { save: savesFor(provider) }) } : undefined }) });
  const other = memoryCloud({ clock: s.clock, name: 'other', startMs: 100 });
  s.start({ ...s.world, providers: [...s.world.providers, other.provider] });
  await s.create({ id: 'a', spec: { restart: 'Always', ...spec } });
  await s.until(async () => (await s.get('a')).status.status === 'running');
  s.cloud.remember((await s.get('a')).status.attempt!.ref as never, 'word');
  const told = async (): Promise<string | undefined> => (await s.store.events({ objectId: 'a' })).items.find(({ reason }) => reason === 'Interrupted')?.message;
  const holds = async (): Promise<string> => {
    const { attempt } = (await s.get('a')).status;
    return (attempt!.platform === 'other' ? other : s.cloud).recall(attempt!.ref as never);
  };
  return { s, other, told, holds };
}

/** A save under way for as long as its instance is there. */
function savesFor({ inspect }: Provider): NonNullable<Provider['suspend']>['save'] {
  return async (ref, { key }) => {
    if (!(await inspect(ref))) throw new NebError('not_found', `no instance ${ref}`);
    return { ref: 'slow' as SnapshotRef, key, of: 'a-1', state: 'saving', keeps: 'memory', made: {} };
  };
}

test('it goes on elsewhere, with what it held, before its instance is taken away', async () => {
  const { s, told, holds } = await running({ spec: { on_interruption: 'migrate' } });
  s.cloud.interrupt('a-1', 2 * minute);
  await s.pass(minute);
  expect((await s.get('a')).status).toMatchObject({ status: 'running', ready: true, platform: 'other', restart_count: 0 });
  expect(await holds()).toContain('word');
  expect(await told()).toBe('memory takes its instance away in 2m; it is moved to other, as its manifest says');
  await s.pass(3 * minute);
  expect(await s.events('a')).toEqual(['Placed', 'Started', 'Interrupted', 'Moving', 'Moved']);
  expect(await s.instances()).toEqual([]);
  await s.stop();
});

test('it goes on in another instance of the platform that its author named, and nowhere else', async () => {
  const { s, other, holds } = await running({ spec: { platform: 'memory', on_interruption: 'migrate' }, forks: true });
  s.cloud.interrupt('a-1', 2 * minute);
  await s.pass(5 * minute);
  const { status } = await s.get('a');
  expect(status).toMatchObject({ status: 'running', platform: 'memory', restart_count: 0, attempt: { number: 2 } });
  expect(await holds()).toContain('word');
  expect((await s.instances()).map(({ key }) => key)).toEqual(['a-2']);
  expect(await Array.fromAsync(other.provider.list({ fleet: await s.store.fleet() }))).toEqual([]);
  await s.stop();
});

test('it is put aside, outlives the end, and goes on when it is resumed', async () => {
  const { s, told, holds } = await running({ spec: { on_interruption: 'suspend' } });
  s.cloud.interrupt('a-1', 2 * minute);
  await s.pass(10 * minute, 5_000);
  expect((await s.get('a')).status).toMatchObject({ status: 'paused', restart_count: 0 });
  expect(await told()).toBe('memory takes its instance away in 2m; it is suspended, as its manifest says');
  const container = await s.get('a');
  await s.store.commit([{ do: 'put', resource: { ...container, status: { ...container.status, asked: { do: 'resume', at: timestamp(s.clock.now()) } } } }, { do: 'wake', kind: 'Container', id: 'a' }]);
  await s.until(async () => (await s.get('a')).status.status === 'running');
  expect(await holds()).toContain('word');
  s.cloud.interrupt('a-1', 2 * minute);
  await s.pass(minute);
  // Each notice is answered.
  expect((await s.get('a')).status.status).toBe('paused');
  await s.stop();
});

test.each<[string, Staged, number, string]>([
  ['nothing is asked for', { spec: {} }, 2 * minute, 'it is started anew then, as its restart policy Always says'],
  ['its platform puts nothing aside', { spec: { on_interruption: 'suspend' }, suspends: false }, 2 * minute, 'it cannot be suspended: memory puts nothing aside; it is started anew then, as its restart policy Always says'],
  ['its platform keeps none of those that may be interrupted', { spec: { on_interruption: 'suspend' }, refuses: 'machine m may be interrupted' }, 2 * minute, 'it cannot be suspended: machine m may be interrupted; it is started anew then, as its restart policy Always says'],
  ['nothing can be taken away from there', { spec: { on_interruption: 'migrate' }, suspends: false }, 2 * minute, 'it cannot be moved: memory puts nothing aside, so nothing can be taken away from there; it is started anew then, as its restart policy Always says'],
  ['there is too little time', { spec: { on_interruption: 'migrate' }, memoryBytes: 4e9 }, minute, 'to be moved it would need about 1m20s; it is started anew then, as its restart policy Always says'],
])('where %s it is let go, and started anew', async (_, staged, noticeMs, why) => {
  const { s, told, holds } = await running(staged);
  s.cloud.interrupt('a-1', noticeMs);
  await s.pass(noticeMs - 1_000);
  expect((await s.get('a')).status).toMatchObject({ status: 'running', attempt: { number: 1 } });
  expect(await told()).toContain(`; ${why}`);
  await s.pass(5 * minute);
  expect((await s.get('a')).status).toMatchObject({ status: 'running', attempt: { number: 2 }, restart_count: 1 });
  expect(await holds()).not.toContain('word');
  expect((await s.events('a')).filter((one) => one === 'Interrupted')).toHaveLength(1);
  await s.stop();
});

test('one that is not to be started anew fails with its instance, and says so before', async () => {
  const { s, told } = await running({ spec: { restart: 'Never' } });
  s.cloud.interrupt('a-1', minute);
  await s.pass(3 * minute);
  expect(await told()).toBe('memory takes its instance away in 1m; it fails with it, as its restart policy Never says');
  expect((await s.get('a')).status.status).toBe('failed');
  await s.stop();
});

test.each(['migrate', 'suspend'] as const)('one whose instance is gone before it was saved to %s is started anew, once', async (wish) => {
  const { s, other, holds } = await running({ spec: { on_interruption: wish }, isSlow: true });
  s.cloud.interrupt('a-1', minute);
  await s.pass(minute - 1_000);
  expect((await s.get('a')).status.progress).toMatchObject({ phase: 'saving' });
  await s.pass(5 * minute);
  expect((await s.get('a')).status).toMatchObject({ status: 'running', restart_count: 1 });
  expect((await s.get('a')).status.move).toBeUndefined();
  expect(await holds()).not.toContain('word');
  expect([...(await s.instances()), ...(await Array.fromAsync(other.provider.list({ fleet: await s.store.fleet() })))]).toHaveLength(1);
  await s.stop();
});
