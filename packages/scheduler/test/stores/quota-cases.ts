import type { Quota } from '@neb/core-types';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Change, Resource, Scope, Store } from '../../src/store.ts';
import { type Ground, newContainer, newNamespace, type NewGround, put } from './ground.ts';

/** What every store promises about what a commit may take, and about what it needs. */
export function quotaCases(newGround: NewGround): void {
  let ground: Ground;
  let store: Store;
  beforeEach(async () => {
    ground = await newGround();
    store = ground.store;
  });
  afterEach(() => ground[Symbol.asyncDispose]());

  const space: Scope = { of: 'namespace', name: 'space' };
  const alice: Scope = { of: 'owner', name: 'alice' };
  const limit = (scope: Scope, quota: Quota): Change => ({ do: 'limit', scope, quota });
  const create = (id: string, quota: Quota, more: Partial<Resource<'Container'>> = {}, scope = space): Promise<readonly Resource[]> =>
    store.commit([limit(scope, quota), { do: 'put', resource: newContainer(id, more) }]);
  const ended = (container: Resource<'Container'>): Resource<'Container'> => ({ ...container, status: { ...container.status, status: 'completed', finished_at: '2026-01-01T00:00:00.000Z', conditions: [{ type: 'Ready', status: 'false', reason: 'Completed', message: '', since: '2026-01-01T00:00:00.000Z', generation: container.generation }] } });

  describe('a limit', () => {
    test('lets through what fits and refuses what does not, with what is taken and asked for', async () => {
      await create('c1', { containers: 2 });
      await create('c2', { containers: 2 });
      await expect(create('c3', { containers: 2 })).rejects.toMatchObject({ code: 'quota', message: expect.stringContaining('of 2 container(s) 2 are taken, and this asks for 1 more'), details: { scope: 'namespace', name: 'space', field: 'containers', limit: 2, used: 2, asked: 1 } });
      expect(await store.get('Container', 'c3')).toBeUndefined();
      // Others have their own, and who names none is not held to any.
      await create('c4', { containers: 2 }, { namespace: 'elsewhere' });
      await store.commit([{ do: 'put', resource: newContainer('c5') }]);
      expect(await store.usage(space)).toMatchObject({ containers: 3 });
      expect(await store.usage(alice)).toMatchObject({ containers: 4 });
    });

    test('counts accelerators, cores, memory and volumes', async () => {
      const spec = { ...newContainer('x').spec, accelerators: ['1:A100_SXM', '4:L4'], resources: { min_cpu: 1.5, min_memory: 8 }, volumes: [{ name: 'models', dest: '/models' }, { name: 'data', dest: '/data' }] };
      await create('c1', {}, { spec });
      await create('c2', { volumes: 2 }, { spec });
      expect(await store.usage(space)).toEqual({ containers: 2, accelerators: 8, cpu: 3, memory: 16, volumes: 2 });
      await create('c3', { volumes: 4 }, { spec, namespace: 'elsewhere' }, alice);
      expect(await store.usage(alice)).toMatchObject({ volumes: 4 });
      for (const [field, most] of [['accelerators', 11], ['cpu', 4.4], ['memory', 23.9], ['containers', 2], ['volumes', 1]] as const) {
        await expect(create('c4', { [field]: most }, { spec })).rejects.toMatchObject({ code: 'quota', details: { field, limit: most } });
      }
      await create('c4', { accelerators: 12, cpu: 4.5, memory: 24, containers: 3, volumes: 2 }, { spec });
    });

    test('counts what ended and what is gone no longer, and a change by what it adds', async () => {
      const quota = { containers: 1 };
      const [first] = (await create('c1', quota)) as readonly Resource<'Container'>[];
      await expect(create('c2', quota)).rejects.toMatchObject({ code: 'quota' });
      const over = await put(store, ended(first!));
      await create('c2', quota);
      // Alive again it would be one too many; changed while it is dead it takes nothing.
      await expect(store.commit([limit(space, quota), { do: 'put', resource: { ...over, status: first!.status } }])).rejects.toMatchObject({ code: 'quota' });
      await expect(store.commit([limit(space, quota), { do: 'put', resource: { ...over, generation: 2 } }])).rejects.toMatchObject({ code: 'quota' });
      await store.commit([limit(space, quota), { do: 'put', resource: { ...over, labels: { a: 'b' } } }]);
      const second = await store.get('Container', 'c2');
      await store.commit([limit(space, quota), { do: 'put', resource: { ...second!, labels: { a: 'b' } } }]);
      expect(await store.usage(space)).toMatchObject({ containers: 1 });
      const third = await store.get('Container', 'c2');
      await put(store, { ...third!, goneAt: '2026-01-01T00:00:00.000Z' });
      expect(await store.usage(space)).toMatchObject({ containers: 0 });
    });

    test('is exact where many ask at once, on all replicas', async () => {
      const replica = ground.replica && (await ground.replica());
      const stores = [store, replica?.store ?? store, store.as({ owners: ['alice'], namespaces: ['space'] })];
      const outcomes = await Promise.allSettled(Array.from({ length: 60 }, (_, n) =>
        stores[n % 3]!.commit([limit(space, { accelerators: 14 }), limit(alice, { containers: 9 }), { do: 'put', resource: newContainer(`c${n}`, { spec: { ...newContainer('x').spec, accelerators: ['2:L4'] } }) }])));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(7);
      for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'quota' });
      expect(await store.usage(space)).toMatchObject({ containers: 7, accelerators: 14 });
    });

    test('is held to what a budget can pay for, exactly, where many ask at once', async () => {
      const replica = ground.replica && (await ground.replica());
      const stores = [store, replica?.store ?? store, store.as({ owners: ['alice'], namespaces: ['space'] })];
      const asks = (id: string, reserved: Record<string, string>, key = 'cost/USD', most = 10e9): readonly Change[] => {
        const made = newContainer(id);
        return [{ do: 'afford', scope: space, key, most, budget: 'budget space/b' }, { do: 'put', resource: { ...made, status: { ...made.status, reserved } } }];
      };
      const outcomes = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => stores[n % 3]!.commit(asks(`c${n}`, { 'cost/USD': '3', 'price/EUR': '4.5' }))));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
      for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'quota', message: expect.stringContaining('budget space/b does not allow it: at most $10/h can be paid for, $9/h of it is taken, and this asks for $3/h'), details: { budget: 'budget space/b', used: 9e9, asked: 3e9 } });
      await expect(store.commit(asks('other', { 'price/EUR': '1.6' }, 'price/EUR', 15e9))).rejects.toMatchObject({ message: expect.stringContaining('at most 15 EUR/h can be paid for, 13.5 EUR/h of it is taken, and this asks for 1.6 EUR/h') });
      await store.commit(asks('other', { 'price/EUR': '1.5' }, 'price/EUR', 15e9));
      // What has ended takes nothing of it any more; of what no budget knew of, the price counts at which it runs.
      const { items } = await store.list({ kind: 'Container', namespace: 'space' });
      await put(store, ended(items[0]!));
      const attempt = { number: 1, key: 'k', platform: 'p', region: 'r', offer: 'o', price_per_hour: '3.5', intended_at: '2026-01-01T00:00:00.000Z' };
      await expect(store.commit([...asks('runs', {}).slice(0, 1), { do: 'put', resource: { ...newContainer('runs'), status: { ...newContainer('runs').status, attempt, attempts: 1 } } }, ...[]])).resolves.toHaveLength(1);
      await expect(store.commit(asks('last', { 'cost/USD': '0.6' }))).rejects.toMatchObject({ code: 'quota' });
    });

    test('counts what its writer cannot see, too', async () => {
      await create('c1', {}, { namespace: 'hidden' });
      const narrow = store.as({ owners: ['alice'], namespaces: ['space'] });
      await expect(narrow.commit([limit(alice, { containers: 1 }), { do: 'put', resource: newContainer('c2') }])).rejects.toMatchObject({ code: 'quota' });
      expect(await narrow.usage(alice)).toMatchObject({ containers: 0 });
    });
  });

  test('the quota of an owner is kept, changed and forgotten, and seen by who sees the owner', async () => {
    expect(await store.quota('alice')).toBeUndefined();
    await store.setQuota('alice', { containers: 3 });
    await store.setQuota('alice', { containers: 4, memory: 1.5 });
    expect(await store.quota('alice')).toEqual({ containers: 4, memory: 1.5 });
    expect(await store.as({ owners: ['alice'] }).quota('alice')).toEqual({ containers: 4, memory: 1.5 });
    expect(await store.as({ owners: ['bob'] }).quota('alice')).toBeUndefined();
    await store.setQuota('alice', undefined);
    expect(await store.quota('alice')).toBeUndefined();
  });

  describe('what a commit needs', () => {
    const need = (resource: Resource): Change => ({ do: 'need', resource });

    test('has to be there and not on its way out', async () => {
      const namespace = await put(store, newNamespace('n1'));
      await store.commit([need(namespace), { do: 'put', resource: newContainer('c1') }]);
      const deleted = await put(store, { ...namespace, deletedAt: '2026-01-01T00:00:00.000Z' });
      await expect(store.commit([need(deleted), { do: 'put', resource: newContainer('c2') }])).rejects.toMatchObject({ code: 'conflict', message: 'namespace n1 is being deleted' });
      await put(store, { ...deleted, goneAt: '2026-01-01T00:00:00.000Z' });
      await expect(store.commit([need(deleted), { do: 'put', resource: newContainer('c2') }])).rejects.toMatchObject({ code: 'conflict' });
      await expect(store.commit([need(newNamespace('n2')), { do: 'put', resource: newContainer('c2') }])).rejects.toMatchObject({ code: 'conflict' });
      expect(await store.get('Container', 'c2')).toBeUndefined();
    });

    test('is there until it is written: nothing comes into a namespace after its deletion was asked for', async () => {
      const replica = ground.replica && (await ground.replica());
      for (let round = 0; round < 10; round++) {
        const namespace = await put(store, newNamespace(`r${round}`));
        const created = Array.from({ length: 12 }, (_, n) =>
          (n % 2 === 0 ? store : replica?.store ?? store).commit([need(namespace), { do: 'put', resource: newContainer(`c${round}-${n}`, { namespace: `r${round}` }) }]).then(() => true, () => false));
        const deletion = put(replica?.store ?? store, { ...namespace, deletedAt: '2026-01-01T00:00:00.000Z' });
        await deletion;
        // Whatever is told afterwards that it was written was there when its deletion was.
        const there = new Set((await store.list({ kind: 'Container', namespace: `r${round}`, limit: 1_000 })).items.map(({ id }) => id));
        for (const [n, done] of (await Promise.all(created)).entries()) expect(there.has(`c${round}-${n}`), `c${round}-${n}`).toBe(done);
      }
    });
  });
}
