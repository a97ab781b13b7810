import { timestamp } from '@neb/core-types';
import { memoryCloud } from '@neb/core-types/testing';
import { expect, test } from 'vitest';
import { newSnapshotStatus } from '../src/snapshot/new-status.ts';
import { asideKey } from '../src/snapshot/sweep.ts';
import type { Resource } from '../src/store.ts';
import { stage, type Stage } from './harness.ts';

/** Two clouds of a kind, and a container that runs on the first and was told a word. */
async function remembering(options: { readonly cpu?: string; readonly spec?: object } = {}) {
  const s = stage({ startMs: 100 });
  const other = memoryCloud({ clock: s.clock, name: 'other', startMs: 100, ...(options.cpu !== undefined && { cpu: options.cpu }) });
  const world = { ...s.world, providers: [...s.world.providers, other.provider] };
  s.start(world);
  await s.create({ id: 'a', spec: { platform: 'memory', restart: 'Always', ...options.spec } });
  await s.until(async () => (await s.get('a')).status.status === 'running');
  const ref = (await s.get('a')).status.attempt!.ref as never;
  s.cloud.remember(ref, 'word');
  return { s, other, ref, before: s.cloud.recall(ref) };
}

async function ask(s: Stage, id: string, asked: (container: Resource<'Container'>) => Resource<'Container'>['status']['asked']): Promise<void> {
  const container = await s.get(id);
  await s.store.commit([{ do: 'put', resource: { ...container, status: { ...container.status, asked: asked(container) } } }, { do: 'wake', kind: 'Container', id }]);
}

const suspend = (s: Stage, id = 'a') => ask(s, id, ({ version }) => ({ do: 'suspend', key: asideKey(id, version), at: timestamp(s.clock.now()) }));
const resume = (s: Stage, id = 'a') => ask(s, id, () => ({ do: 'resume', at: timestamp(s.clock.now()) }));
const move = (s: Stage, to: object = {}) => ask(s, 'a', () => ({ do: 'move', at: timestamp(s.clock.now()), ...to }));
const word = async (s: Stage, id = 'a') => (await s.get(id)).status.status;
const snapshotsOf = async (s: Stage, provider = s.cloud.provider) => await Array.fromAsync(provider.suspend!.snapshots({ fleet: await s.store.fleet() }));

test('a suspended container is paused, costs what being suspended costs, is not restarted, and goes on with what it held', async () => {
  const { s, ref, before } = await remembering();
  await suspend(s);
  await s.until(async () => (await word(s)) === 'paused');
  const { status } = await s.get('a');
  expect(status).toMatchObject({ ready: false, cost_per_hr: '0', suspended: { keeps: 'memory', size_bytes: 10 * 2 ** 20 }, attempt: { number: 1 } });
  expect(status.asked).toBeUndefined();
  await s.pass(300_000, 10_000);
  expect(await word(s)).toBe('paused');
  await resume(s);
  await s.until(async () => (await word(s)) === 'running');
  expect(s.cloud.recall(ref)).toBe(before);
  expect((await s.get('a')).status).toMatchObject({ ready: true, attempts: 1, restart_count: 0 });
  expect((await s.get('a')).status.suspended).toBeUndefined();
  expect((await s.events('a')).slice(-3)).toEqual(['Started', 'Suspended', 'Resumed']);
  await s.pass(200_000, 10_000);
  expect(await snapshotsOf(s)).toEqual([]);
  await s.stop();
});

test('what it cost before, while and after it was suspended can be told from it alone, and from what is kept of it', async () => {
  const { s } = await remembering();
  for (let round = 0; round < 2; round++) {
    await s.pass(60_000, 10_000);
    await suspend(s);
    await s.until(async () => (await word(s)) === 'paused');
    await s.pass(120_000, 10_000);
    await resume(s);
    await s.until(async () => (await word(s)) === 'running');
  }
  await suspend(s);
  await s.until(async () => (await word(s)) === 'paused');
  await s.remove('a');
  await s.until(async () => (await s.get('a')).goneAt !== undefined);
  const [kept] = await s.store.attempts('a');
  expect(kept!.terms!.map(({ paused = false }) => paused)).toEqual([false, true, false, true, false]);
  expect(kept!.paused).toBe(true);
  const lengths = kept!.terms!.map(({ until }, nth, all) => Date.parse(until) - Date.parse(all[nth - 1]?.until ?? kept!.started_at!));
  expect(lengths.filter((_, nth) => nth % 2 === 1).every((ms) => ms >= 120_000)).toBe(true);
  await s.stop();
});

test('a suspended container survives a new control plane, and can be deleted', async () => {
  const { s } = await remembering();
  await suspend(s);
  await s.until(async () => (await word(s)) === 'paused');
  await s.stop();
  s.start();
  await s.pass(120_000, 10_000);
  expect(await word(s)).toBe('paused');
  await s.remove('a');
  await s.until(async () => (await s.get('a')).goneAt !== undefined);
  expect(await s.instances()).toEqual([]);
  await s.pass(200_000, 10_000);
  expect(await snapshotsOf(s)).toEqual([]);
  await s.stop();
});

test('a save that fails leaves it running and says why', async () => {
  const { s, ref, before } = await remembering();
  s.cloud.failNextSave({ code: 'failed', message: 'the disk is full' });
  await suspend(s);
  await s.until(async () => (await s.get('a')).status.asked === undefined);
  expect((await s.get('a')).status).toMatchObject({ status: 'running', ready: true, conditions: expect.arrayContaining([expect.objectContaining({ type: 'Aside', reason: 'SuspendFailed', message: 'the disk is full' })]) });
  expect(s.cloud.recall(ref)).toBe(before);
  await s.stop();
});

test('what vanished while it was suspended is not started anew', async () => {
  const { s } = await remembering();
  await suspend(s);
  await s.until(async () => (await word(s)) === 'paused');
  s.cloud.lose('a-1');
  await s.until(async () => (await word(s)) === 'failed');
  expect((await s.get('a')).status.message).toContain('while it was suspended is lost');
  await s.pass(120_000, 10_000);
  expect(await s.instances()).toEqual([]);
  await s.stop();
});

test('a move takes what it held along, switches, and leaves nothing behind', async () => {
  const { s, other, before } = await remembering();
  await move(s, { platform: 'other' });
  await s.until(async () => (await s.get('a')).status.attempt?.platform === 'other' && (await s.get('a')).status.move === undefined);
  const { status, spec } = await s.get('a');
  expect(status).toMatchObject({ status: 'running', ready: true, platform: 'other', attempts: 2, restart_count: 0, attempt: { number: 2 } });
  expect(spec.platform).toBe('other');
  expect(other.recall(status.attempt!.ref as never)).toBe(before);
  expect(await s.instances()).toEqual([]);
  expect((await s.store.attempts('a')).map(({ number, reason }) => [number, reason])).toEqual([[1, 'Moved']]);
  expect(await s.events('a')).toEqual(expect.arrayContaining(['Moving', 'Moved']));
  await s.pass(200_000, 10_000);
  expect([...(await snapshotsOf(s)), ...(await snapshotsOf(s, other.provider))]).toEqual([]);
  expect(await word(s)).toBe('running');
  await s.stop();
});

const minute = 60_000;

test.each<[string, (s: Stage) => Promise<void>]>([
  ['was moved', (s) => move(s, { platform: 'other' })],
  ['was suspended for an hour', async (s) => {
    await suspend(s);
    await s.pass(60 * minute, 15_000);
    expect(await word(s)).toBe('paused');
    await resume(s);
  }],
])('the timeout of a container that %s goes on where it was: it is time running', async (_, putAside) => {
  const { s } = await remembering({ spec: { timeout: '10m' } });
  await s.pass(6 * minute, 15_000);
  await putAside(s);
  await s.pass(3 * minute, 15_000);
  expect((await s.get('a')).status).toMatchObject({ status: 'running', attempts: expect.any(Number), restart_count: 0 });
  await s.pass(90_000, 5_000);
  expect((await s.get('a')).status).toMatchObject({ status: 'failed', reason: 'TimedOut' });
  await s.stop();
});

test.each([
  ['does not fit', { cpu: 'another' }, { platform: 'other' }, 'features'],
  ['does not exist', {}, { platform: 'nowhere' }, 'there is no platform nowhere'],
  ['costs no less', {}, { cheapest: true }, 'has nothing below'],
  ['is where it is', {}, { platform: 'memory' }, 'runs on memory already'],
])('a move to a place that %s is refused before anything stops', async (_, options, to, why) => {
  const { s, ref, before } = await remembering(options);
  await move(s, to);
  await s.until(async () => (await s.get('a')).status.asked === undefined);
  const { status } = await s.get('a');
  expect(status).toMatchObject({ status: 'running', attempt: { number: 1 }, conditions: expect.arrayContaining([expect.objectContaining({ type: 'Aside', reason: 'MoveFailed', message: expect.stringContaining(why) })]) });
  expect(s.cloud.recall(ref)).toBe(before);
  expect(await snapshotsOf(s)).toEqual([]);
  await s.stop();
});

test('a target that does not start brings it back to where it was, with what it held', async () => {
  const { s, other, ref, before } = await remembering({ spec: { image: 'app' } });
  other.failImage('app', { code: 'not_found', message: 'no image app here' });
  await move(s, { platform: 'other' });
  await s.until(async () => (await s.events('a')).includes('MoveFailed') && (await s.get('a')).status.move === undefined && (await word(s)) === 'running');
  expect((await s.get('a')).status).toMatchObject({ platform: 'memory', ready: true, attempt: { number: 1 }, attempts: 2 });
  expect(s.cloud.recall(ref)).toBe(before);
  expect(await Array.fromAsync(other.provider.list({ fleet: await s.store.fleet() }))).toEqual([]);
  // What was bought for nothing cost something, until it was gone.
  expect((await s.store.attempts('a')).map(({ number, platform, reason, ended_at: end, billed_until: until }) => [number, platform, reason, until !== undefined && until >= end!])).toEqual([[2, 'other', 'MoveFailed', true]]);
  await s.stop();
});

test('what a move left costs until it is gone, and is kept as that', async () => {
  let isStuck = true;
  const s = stage({ startMs: 100, provider: ({ provider }) => ({ ...provider, async delete(...asked) {
    if (!isStuck) await provider.delete(...asked);
  } }) });
  const other = memoryCloud({ clock: s.clock, name: 'other', startMs: 100 });
  s.start({ ...s.world, providers: [...s.world.providers, other.provider] });
  await s.create({ id: 'a', spec: { platform: 'memory', restart: 'Always' } });
  await s.until(async () => (await word(s)) === 'running');
  await move(s, { platform: 'other' });
  await s.until(async () => (await s.get('a')).status.move?.phase === 'leaving');
  await s.pass(60_000);
  const { status } = await s.get('a');
  expect(status).toMatchObject({ status: 'running', platform: 'other', move: { leaving: { attempt: { number: 1, reason: 'Moved', ended_at: expect.any(String) } } } });
  expect(status.move!.leaving!.attempt!.billed_until).toBeUndefined();
  expect(await s.store.attempts('a')).toEqual([]);
  isStuck = false;
  await s.until(async () => (await s.get('a')).status.move === undefined);
  const [left] = await s.store.attempts('a');
  expect(left).toMatchObject({ number: 1, reason: 'Moved' });
  expect(Date.parse(left!.billed_until!) - Date.parse(left!.ended_at!)).toBeGreaterThanOrEqual(60_000);
  await s.stop();
});

test('a container that is deleted on its way leaves nothing at either place', async () => {
  const { s, other } = await remembering();
  await move(s, { platform: 'other' });
  await s.until(async () => (await s.get('a')).status.move?.phase === 'restoring');
  await s.remove('a');
  await s.until(async () => (await s.get('a')).goneAt !== undefined);
  await s.pass(200_000, 10_000);
  expect([...(await s.instances()), ...(await Array.fromAsync(other.provider.list({ fleet: await s.store.fleet() })))]).toEqual([]);
  expect([...(await snapshotsOf(s)), ...(await snapshotsOf(s, other.provider))]).toEqual([]);
  await s.stop();
});

/** As the API forks: one snapshot and its containers in one commit. */
async function fork(s: Stage, ids: readonly string[], spec: object = {}): Promise<void> {
  const origin = await s.get('a');
  const at = timestamp(s.clock.now());
  const blank = { namespace: 'n', owner: 'o', labels: {}, seq: 0, version: 0, generation: 1, finalizers: [], createdBy: 'o', createdAt: at, updatedAt: at };
  const snapshot: Resource<'Snapshot'> = { ...blank, kind: 'Snapshot', id: 's', name: 's', spec: { container: 'a', for_containers: ids }, status: newSnapshotStatus };
  await s.store.commit([{ do: 'put', resource: snapshot }, { do: 'wake', kind: 'Snapshot', id: 's' }]);
  for (const id of ids) await s.create({ id, spec: { ...origin.spec, snapshot: 's', ...spec } });
}

test('forks go on from one snapshot, each once, wherever it fits, and nobody keeps it', async () => {
  const { s, other, ref, before } = await remembering();
  await fork(s, ['b', 'c'], { platform: undefined });
  await fork2(s);
  await s.until(async () => (await Promise.all(['b', 'c', 'd'].map((id) => word(s, id)))).every((is) => is === 'running'));
  expect(await word(s)).toBe('running');
  const recalled = await Promise.all(['b', 'c', 'd'].map(async (id) => {
    const { attempt } = (await s.get(id)).status;
    return (attempt!.platform === 'other' ? other : s.cloud).recall(attempt!.ref as never);
  }));
  expect(recalled).toEqual([before, before, before]);
  expect((await s.get('d')).status.platform).toBe('other');
  s.cloud.remember(ref, 'origin');
  expect(s.cloud.recall((await s.get('b')).status.attempt!.ref as never)).toBe(before);
  await s.until(async () => (await s.store.get('Snapshot', 's'))!.goneAt !== undefined);
  await s.pass(200_000, 10_000);
  expect([...(await snapshotsOf(s)), ...(await snapshotsOf(s, other.provider))]).toEqual([]);
  await s.stop();

  /** One more, elsewhere. */
  async function fork2(on: Stage): Promise<void> {
    const found = (await on.store.get('Snapshot', 's'))!;
    await on.store.commit([{ do: 'put', resource: { ...found, spec: { ...found.spec, for_containers: ['b', 'c', 'd'] } } }]);
    await on.create({ id: 'd', spec: { platform: 'other', snapshot: 's' } });
  }
});

test('a fork of what was just told to move is taken once that has arrived', async () => {
  const { s, other, before } = await remembering();
  await fork(s, ['b'], { platform: undefined });
  await move(s, { platform: 'other' });
  await s.until(async () => (await word(s, 'b')) === 'running' && (await s.get('a')).status.move === undefined);
  expect((await s.get('a')).status).toMatchObject({ status: 'running', platform: 'other' });
  const { attempt } = (await s.get('b')).status;
  expect((attempt!.platform === 'other' ? other : s.cloud).recall(attempt!.ref as never)).toBe(before);
  await s.stop();
});

test('a fork goes on from a snapshot whose save was cut off, as where the server died over it', async () => {
  const { s, before } = await remembering();
  s.cloud.cutOffNextSave();
  await fork(s, ['b']);
  await s.until(async () => (await word(s, 'b')) === 'running');
  expect(s.cloud.recall((await s.get('b')).status.attempt!.ref as never)).toBe(before);
  await s.until(async () => (await s.store.get('Snapshot', 's'))!.goneAt !== undefined);
  await s.stop();
});

test('a fork whose snapshot cannot be taken fails with its words, and the origin runs on', async () => {
  const { s } = await remembering();
  s.cloud.failNextSave({ code: 'failed', message: 'the disk is full' });
  await fork(s, ['b']);
  await s.until(async () => (await word(s, 'b')) === 'failed');
  expect((await s.get('b')).status.message).toContain('the disk is full');
  expect(await word(s)).toBe('running');
  await s.until(async () => (await s.store.get('Snapshot', 's'))!.goneAt !== undefined);
  await s.stop();
});

test('a fork is placed where its snapshot fits, and is told why it fits nowhere else', async () => {
  const { s } = await remembering({ cpu: 'another' });
  await fork(s, ['b'], { platform: 'other' });
  await s.until(async () => (await word(s, 'b')) === 'failed');
  expect((await s.get('b')).status.message).toContain('features');
  await s.stop();
});

test('a fork that ends is restarted from its image, as any container', async () => {
  const { s } = await remembering();
  await fork(s, ['b']);
  await s.until(async () => (await word(s, 'b')) === 'running');
  s.cloud.exit('b-1', 1);
  await s.until(async () => (await s.get('b')).status.attempts === 2 && (await word(s, 'b')) === 'running');
  const { attempt } = (await s.get('b')).status;
  expect(attempt!.snapshot).toBeUndefined();
  expect(s.cloud.recall(attempt!.ref as never)).not.toContain('word');
  await s.stop();
});
