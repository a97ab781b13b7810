import type { Quota } from '@neb/core-types';
import type { Caller } from '@neb/sdk/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ada, admin, eve, type Stage, stage } from '../../test/stage.ts';

let s: Stage;
beforeEach(() => void (s = stage({ running: false })));
afterEach(() => s[Symbol.asyncDispose]());

const space = (quota?: Quota) => ({ kind: 'Namespace', metadata: { name: 'shop', owner: 'ada@example.com' }, ...(quota && { quota }) });
const container = (name: string, more: object = {}) => ({ kind: 'Container', metadata: { name, namespace: 'shop' }, image: 'nginx', ...more });
const apply = (who: Caller, ...manifests: unknown[]) => s.api.apply(who, { manifests, mode: 'apply' });
const developer: Caller = { id: 'dev@example.com', handle: 'dev', roles: { 'dev@example.com': 'owner', 'ada@example.com': 'developer' }, admin: false };

describe('the quota of a namespace', () => {
  test('is in its manifest, and holds what is created in it', async () => {
    await apply(ada, space({ accelerators: 4, memory: 16 }));
    await apply(ada, container('one', { accelerators: ['2:A100_SXM', 'L4'], resources: { min_memory: '8Gi' } }));
    await expect(apply(ada, container('two', { accelerators: ['3:L4'] }))).rejects.toMatchObject({
      code: 'quota', message: expect.stringContaining('the quota of namespace shop is spent: of 4 accelerator(s) 2 are taken, and this asks for 3 more'), details: { used: 2, asked: 3, limit: 4 },
    });
    await expect(apply(ada, container('two', { resources: { min_memory: '9Gi' } }))).rejects.toMatchObject({ code: 'quota', details: { field: 'memory' } });
    await apply(ada, container('two', { resources: { min_memory: '8Gi' } }), container('three'));
    expect(await s.api.quotas.list(ada, {})).toEqual([
      { of: 'owner', name: 'ada@example.com', quota: {}, usage: { containers: 3, accelerators: 2, cpu: 0, memory: 16, volumes: 0 } },
      { of: 'namespace', name: 'shop', quota: { accelerators: 4, memory: 16 }, usage: { containers: 3, accelerators: 2, cpu: 0, memory: 16, volumes: 0 } },
    ]);
  });

  test('holds all that one write puts, and a change by what it adds', async () => {
    await apply(ada, space({ containers: 2, cpu: 4 }));
    await expect(apply(ada, container('one'), container('two'), container('three'))).rejects.toMatchObject({ code: 'quota' });
    await apply(ada, container('one', { resources: { min_cpu: 2 } }), container('two'));
    await expect(apply(ada, container('two', { resources: { min_cpu: 3 } }))).rejects.toMatchObject({ code: 'quota', details: { field: 'cpu', used: 2, asked: 3 } });
    await apply(ada, space({ containers: 1, cpu: 1 }));
    // Below what is taken already: what takes less or nothing more is let through.
    await apply(ada, container('one', { resources: { min_cpu: 1 }, image: 'other' }));
    await expect(apply(ada, container('three'))).rejects.toMatchObject({ code: 'quota', details: { field: 'containers', limit: 1, used: 2 } });
  });

  test('stays where a manifest does not name it, and goes with {}', async () => {
    await apply(ada, space({ containers: 1 }));
    await apply(ada, space());
    expect(await s.api.namespaces.get(ada, { namespace: '', name: 'shop' })).toMatchObject({ quota: { containers: 1 } });
    await apply(ada, space({}));
    expect(await s.api.namespaces.get(ada, { namespace: '', name: 'shop' })).not.toHaveProperty('quota');
  });

  test('is set by admins of its owner, not by who works under it', async () => {
    await apply(ada, space({ containers: 1 }));
    await expect(apply(developer, space({ containers: 9 }))).rejects.toMatchObject({ code: 'unauthorized', message: expect.stringContaining('the quota of namespace shop') });
    await expect(apply(developer, { kind: 'Namespace', metadata: { name: 'mine', owner: 'ada@example.com' }, quota: { containers: 9 } })).rejects.toMatchObject({ code: 'unauthorized' });
    await apply(developer, { ...space(), metadata: { name: 'shop', labels: { a: 'b' } } });
    await apply(developer, container('one'));
    await expect(apply(developer, container('two'))).rejects.toMatchObject({ code: 'quota' });
  });
});

test('a suspended container leaves its accelerators to others, and asks for them again before it goes on', async () => {
  await using live = stage({ provider: ({ provider }) => ({ ...provider, async *offers() {
    yield { id: 'gpu', region: 'here', pricePerHour: '1', spot: false, available: 'yes', cpus: 8, memoryGiB: 64, accelerator: { name: 'L4', count: 2, memoryGiB: 24 } };
  } }) });
  const running = async (name: string) => {
    const [made] = await live.api.apply(ada, { manifests: [container(name, { accelerators: ['2:L4'] })], mode: 'apply' });
    await live.until(made!.id!, 'running');
    return { ref: { namespace: 'shop', name }, id: made!.id! };
  };
  const taken = async () => (await live.api.quotas.list(ada, {}))[1]!.usage.accelerators;
  await live.api.apply(ada, { manifests: [space({ accelerators: 2 })], mode: 'apply' });
  const one = await running('one');
  await expect(running('two')).rejects.toMatchObject({ code: 'quota' });
  await live.api.aside.suspend(ada, { ref: one.ref });
  await live.until(one.id, 'paused');
  expect(await taken()).toBe(0);
  const two = await running('two');
  await expect(live.api.aside.resume(ada, one.ref)).rejects.toMatchObject({ code: 'quota', message: 'the quota of namespace shop is spent: of 2 accelerator(s) 2 are taken, and this asks for 2 more' });
  expect((await live.api.containers.get(ada, one.ref)).status).toMatchObject({ status: 'paused' });
  await live.api.containers.delete(ada, two.ref);
  await live.until(two.id, 'deleted');
  await live.api.aside.resume(ada, one.ref);
  await live.until(one.id, 'running');
  expect(await taken()).toBe(2);
});

describe('the quota of an owner', () => {
  test('counts all its namespaces, whoever creates, and is set by who runs the server', async () => {
    await expect(s.api.quotas.set(ada, { owner: 'ada@example.com', quota: { containers: 9 } })).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await s.api.quotas.set(admin, { owner: 'ada@example.com', quota: { containers: 2 } })).toMatchObject({ quota: { containers: 2 }, usage: { containers: 0 } });
    await apply(ada, container('one'), { ...container('two'), metadata: { name: 'two', namespace: 'elsewhere' } });
    for (const who of [ada, developer, admin]) await expect(apply(who, container('three'))).rejects.toMatchObject({ code: 'quota', message: expect.stringContaining('the quota of owner ada@example.com is spent: of 2 container(s)') });
    await s.api.quotas.set(admin, { owner: 'ada@example.com' });
    await apply(ada, container('three'));
  });

  test('is exact where fifty ask at once', async () => {
    await s.api.quotas.set(admin, { owner: 'ada@example.com', quota: { accelerators: 21 } });
    await apply(ada, space());
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => apply(ada, container(`c${n}`, { accelerators: ['2:L4'] }))));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'quota' });
  });

  test('is seen by its members alone', async () => {
    await expect(s.api.quotas.list(eve, { owner: 'ada@example.com' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(s.api.quotas.list(eve, { owner: 'nobody@example.com' })).rejects.toMatchObject({ code: 'not_found', message: 'there is no owner nobody@example.com' });
    expect(await s.api.quotas.list(developer, { owner: 'ada@example.com' })).toHaveLength(1);
  });
});

test('nothing new comes into a namespace that is being deleted', async () => {
  await apply(ada, space(), container('one'));
  const space1 = await s.api.namespaces.get(ada, { namespace: '', name: 'shop' });
  await s.api.namespaces.delete(ada, { namespace: '', name: 'shop' });
  for (const manifest of [container('two'), { kind: 'Secret', metadata: { name: 'x', namespace: 'shop' }, value: 'v' }]) {
    await expect(apply(ada, manifest)).rejects.toMatchObject({ code: 'conflict', message: 'namespace shop is being deleted' });
  }
  expect(space1.status.status).toBe('active');
});

test.each([1, 2, 3])('of creations and the deletion of their namespace at one time nothing is left over (%i)', async () => {
  await using running = stage();
  await running.api.apply(ada, { manifests: [space()], mode: 'apply' });
  const { metadata: { id } } = await running.api.namespaces.get(ada, { namespace: '', name: 'shop' });
  const creations = Array.from({ length: 20 }, (_, n) => running.api.apply(ada, { manifests: [container(`c${n}`)], mode: 'apply' }).then(() => 'made', ({ code }: { readonly code: string }) => code));
  await running.api.namespaces.delete(ada, { namespace: '', name: 'shop' });
  expect(new Set(await Promise.all(creations)).isSubsetOf(new Set(['made', 'conflict']))).toBe(true);
  const deadline = AbortSignal.timeout(15_000);
  while ((await running.store.get('Namespace', id))?.goneAt === undefined) {
    deadline.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect((await running.store.list({ kind: 'Container', namespace: 'shop' })).items).toEqual([]);
});
