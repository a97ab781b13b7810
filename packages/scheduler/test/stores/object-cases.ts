import { collect, containerRow, paginate, parseSelector, timestamp } from '@neb/core-types';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Resource } from '../../src/store.ts';
import { type Ground, inState, newContainer, newSecret, type NewGround, put } from './ground.ts';

/** What every store promises about objects. */
export function objectCases(newGround: NewGround): void {
  let ground: Ground;
  beforeEach(async () => { ground = await newGround(); });
  afterEach(() => ground[Symbol.asyncDispose]());
  const names = (page: { items: readonly Resource[] }): string[] => page.items.map(({ name }) => name);

  describe('writing', () => {
    test('what was put comes back as it was, numbered and dated', async () => {
      const { store, clock } = ground;
      const labels = { 'app/tier': 'web', quote: `it's "so"`, naïve: 'ünïcode 🚀' };
      const fresh = newContainer('c1', { labels, ownerRef: 'x.space.Service', finalizers: ['instance'], deletedAt: timestamp(5) });
      const stored = await put(store, fresh);
      expect(stored).toEqual({ ...fresh, version: 1, seq: expect.any(Number), updatedAt: timestamp(clock.now()) });
      expect(await store.get('Container', 'c1')).toEqual(stored);
      expect(await store.find({ kind: 'Container', namespace: 'space', name: 'c1' })).toEqual(stored);
    });

    test('what is absent stays absent, and nobody shares an object with the store', async () => {
      const { store } = ground;
      const env = [{ key: 'A', value: '1' }];
      await put(store, newContainer('c1', { ownerRef: undefined, spec: { ...newContainer('x').spec, env, region: undefined } }));
      env[0]!.value = 'changed afterwards';
      const found = await store.get('Container', 'c1');
      expect(Object.keys(found!)).not.toContain('ownerRef');
      expect(Object.keys(found!.spec)).not.toContain('region');
      expect(found!.spec.env).toEqual([{ key: 'A', value: '1' }]);
    });

    test('characters that PostgreSQL cannot hold are replaced, not refused', async () => {
      const { store } = ground;
      const stored = await put(store, inState(newContainer('c1'), 'failed', { message: 'a\0b \ud800 c \\u0000' }));
      expect((await store.get('Container', 'c1'))!.status.message).toBe('a\ufffdb \ufffd c \\u0000');
      expect(stored.status.message).toBe('a\ufffdb \ufffd c \\u0000');
    });

    test('each write goes up one version, and one that names an older is refused by name', async () => {
      const { store } = ground;
      const first = await put(store, newContainer('c1'));
      const second = await put(store, inState(first, 'creating'));
      expect([second.version, second.seq]).toEqual([2, first.seq]);
      await expect(put(store, inState(first, 'running'))).rejects.toMatchObject({ code: 'conflict', message: 'container c1 in namespace space was changed by someone else meanwhile' });
      expect((await store.get('Container', 'c1'))!.status.status).toBe('creating');
    });

    test('writing what was forgotten meanwhile is refused', async () => {
      const { store } = ground;
      const stored = await put(store, newContainer('c1'));
      await store.commit([{ do: 'drop', resource: stored }]);
      await expect(put(store, stored)).rejects.toMatchObject({ code: 'conflict', message: 'container c1 in namespace space no longer exists' });
    });

    test('a name is taken until its holder is gone', async () => {
      const { store } = ground;
      const holder = await put(store, newContainer('c1', { name: 'web' }));
      await expect(put(store, newContainer('c2', { name: 'web' }))).rejects.toMatchObject({ code: 'conflict', message: 'a container named web exists in namespace space' });
      await put(store, newContainer('c3', { name: 'web', namespace: 'other' }));
      await put(store, newSecret('s1', { name: 'web' }));
      await put(store, { ...holder, goneAt: timestamp(1) });
      expect(await put(store, newContainer('c2', { name: 'web' }))).toMatchObject({ version: 1 });
    });

    test('one commit can free a name and take it', async () => {
      const { store } = ground;
      const old = await put(store, newContainer('c1', { name: 'web' }));
      await store.commit([{ do: 'put', resource: { ...old, goneAt: timestamp(1) } }, { do: 'put', resource: newContainer('c2', { name: 'web' }) }]);
      expect((await store.find({ kind: 'Container', namespace: 'space', name: 'web' }))!.id).toBe('c2');
    });

    test('a commit is written whole or not at all', async () => {
      const { store } = ground;
      const known = await put(store, newContainer('c1'));
      await put(store, known);
      const { object } = event('c9');
      await expect(store.commit([
        { do: 'put', resource: newContainer('c9') },
        { do: 'tell', event: event('c9') },
        { do: 'wake', kind: 'Container', id: 'c9' },
        { do: 'put', resource: known },
      ])).rejects.toMatchObject({ code: 'conflict' });
      expect(await store.get('Container', 'c9')).toBeUndefined();
      expect((await store.events({ objectId: object.id })).items).toEqual([]);
      expect(await ground.queue('Container').take(10)).toEqual([]);
    });

    test('commits made at once succeed and fail each for itself', async () => {
      const { store } = ground;
      const known = await put(store, newContainer('c0'));
      const wishes = Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? newContainer(`n${n}`) : n % 4 === 1 ? { ...known, labels: { n: String(n) } } : newContainer(`t${n}`, { name: 'n0' })));
      const outcomes = await Promise.allSettled(wishes.map((wish) => put(store, wish)));
      const ok = wishes.filter((_, n) => outcomes[n]!.status === 'fulfilled').map(({ id }) => id);
      expect(ok.filter((id) => id.startsWith('n'))).toHaveLength(20);
      expect(ok.filter((id) => id === 'c0')).toHaveLength(1);
      expect(ok.filter((id) => id.startsWith('t'))).toEqual([]);
      expect((await store.list({ kind: 'Container' })).items).toHaveLength(21);
    });

    test('answers with the put resources in the order they were given', async () => {
      const { store } = ground;
      const stored = await store.commit([{ do: 'put', resource: newContainer('b') }, { do: 'wake', kind: 'Container', id: 'b' }, { do: 'put', resource: newSecret('a') }]);
      expect(stored.map(({ id, version }) => [id, version])).toEqual([['b', 1], ['a', 1]]);
      expect(stored[1]!.seq).toBeGreaterThan(stored[0]!.seq);
      expect(await store.commit([])).toEqual([]);
    });

    test('of one old version only one of many writers writes the next', async () => {
      const { store } = ground;
      const known = await put(store, newContainer('c1'));
      const outcomes = await Promise.allSettled(Array.from({ length: 30 }, (_, n) => put(store, { ...known, labels: { n: String(n) } })));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect((await store.get('Container', 'c1'))!.version).toBe(2);
    });
  });

  describe('forgetting', () => {
    test('takes everything that belonged to the object with it, and can be repeated', async () => {
      const { store } = ground;
      const [stored] = await store.commit([
        { do: 'put', resource: newContainer('c1') }, { do: 'wake', kind: 'Container', id: 'c1' }, { do: 'tell', event: event('c1') },
        { do: 'archive', containerId: 'c1', attempt: attempt(1) }, { do: 'keep_log', containerId: 'c1', attempt: 1, lines: [] },
      ]);
      await store.seal('c1', new Uint8Array([1]));
      await store.commit([{ do: 'drop', resource: stored! }]);
      await store.commit([{ do: 'drop', resource: stored! }]);
      expect(await store.get('Container', 'c1')).toBeUndefined();
      expect((await store.events({ objectId: 'c1' })).items).toEqual([]);
      expect(await store.attempts('c1')).toEqual([]);
      expect(await store.keptLog('c1')).toBeUndefined();
      expect(await store.sealed('c1')).toBeUndefined();
      expect(await put(store, newContainer('c1'))).toMatchObject({ version: 1 });
    });

    test('is refused where the object has changed since', async () => {
      const { store } = ground;
      const old = await put(store, newContainer('c1'));
      await put(store, old);
      await expect(store.commit([{ do: 'drop', resource: old }])).rejects.toMatchObject({ code: 'conflict' });
      expect(await store.get('Container', 'c1')).toBeDefined();
    });

    test('what retention may forget is what went, or ended, before that time', async () => {
      const { store, clock } = ground;
      const at = (ms: number): string => timestamp(clock.now() + ms);
      await put(store, inState(newContainer('running'), 'running'));
      await put(store, { ...newContainer('went'), goneAt: at(-1_000) });
      await put(store, inState(newContainer('ended'), 'completed', { finished_at: at(-2_000) }));
      await put(store, inState(newContainer('never-ran'), 'failed'));
      await put(store, { ...newSecret('secret'), goneAt: at(-1_000) });
      await put(store, inState(newContainer('still-somewhere', { finalizers: ['instance'] }), 'completed', { finished_at: at(-2_000) }));
      const ids = async (before: string): Promise<string[]> => (await store.forgettable('Container', before)).map(({ id }) => id).sort();
      expect(await ids(at(-2_000))).toEqual([]);
      expect(await ids(at(-1_500))).toEqual(['ended']);
      expect(await ids(at(0))).toEqual(['ended', 'went']);
      expect(await ids(at(1))).toEqual(['ended', 'never-ran', 'went']);
    });
  });

  describe('reading', () => {
    test('by id only of the kind asked for', async () => {
      await put(ground.store, newContainer('c1'));
      expect(await ground.store.get('Secret', 'c1')).toBeUndefined();
      expect(await ground.store.get('Container', 'other')).toBeUndefined();
    });

    test('by name finds the living, else the one that went last', async () => {
      const { store } = ground;
      const ref = { kind: 'Container', namespace: 'space', name: 'web' } as const;
      expect(await store.find(ref)).toBeUndefined();
      await put(store, newContainer('late', { name: 'web', goneAt: timestamp(2_000) }));
      await put(store, newContainer('early', { name: 'web', goneAt: timestamp(1_000) }));
      expect((await store.find(ref))!.id).toBe('late');
      await put(store, newContainer('living', { name: 'web' }));
      expect((await store.find(ref))!.id).toBe('living');
    });

    test('lists in order of creation, page by page, without the gone unless asked', async () => {
      const { store } = ground;
      for (const n of [5, 3, 9, 1, 7]) await put(store, newContainer(`c${n}`, n === 9 ? { goneAt: timestamp(1) } : {}));
      await put(store, newSecret('s1'));
      expect(names(await store.list({ kind: 'Container' }))).toEqual(['c5', 'c3', 'c1', 'c7']);
      expect(names(await store.list({ kind: 'Container', gone: true }))).toEqual(['c5', 'c3', 'c9', 'c1', 'c7']);
      const pages = await collect(paginate((cursor) => store.list({ kind: 'Container', limit: 3, cursor })));
      expect(pages.map(({ name }) => name)).toEqual(['c5', 'c3', 'c1', 'c7']);
      expect(await store.list({ kind: 'Container', limit: 4 })).not.toHaveProperty('next', expect.anything());
    });

    test('of containers lists rows too, each the short form of what it lists whole', async () => {
      const { store } = ground;
      const spec = { ...newContainer('x').spec, accelerators: ['1:L4'], platform: 'docker' };
      const status = { progress: { phase: 'pulling', done_bytes: 1 }, exit_code: 0, restart_count: 2, message: 'long', cost_per_hr: '0.1' } as const;
      await put(store, inState(newContainer('a', { spec, labels: { app: 'web' } }), 'creating', status));
      await put(store, newContainer('b', { namespace: 'other', deletedAt: timestamp(5) }));
      await put(store, newContainer('c', { goneAt: timestamp(6) }));
      for (const query of [{}, { gone: true }, { namespace: 'other' }, { statuses: ['creating'] }, { labels: parseSelector('app=web') }]) {
        const whole = (await store.list({ kind: 'Container', ...query })).items;
        const rows = whole.map(({ name, namespace, id, owner, labels, createdAt, deletedAt, spec: of, status: is }) =>
          containerRow({ ...of, metadata: { name, namespace, id, owner, labels, created_at: createdAt, deleted_at: deletedAt }, status: is }));
        expect((await store.containerRows(query)).items, JSON.stringify(query)).toEqual(rows);
      }
      const pages = await collect(paginate((cursor) => store.containerRows({ limit: 1, cursor })));
      expect(pages.map(({ metadata }) => metadata.id)).toEqual(['a', 'b']);
      expect(JSON.stringify((await store.containerRows({})).items)).not.toContain('long');
    });

    test('lists by namespace, status word and queue', async () => {
      const { store } = ground;
      const spec = { ...newContainer('x').spec, queue: 'q' };
      await put(store, inState(newContainer('a', { spec }), 'running'));
      await put(store, newContainer('b', { spec }));
      await put(store, inState(newContainer('c'), 'completed'));
      await put(store, newContainer('d', { namespace: 'other' }));
      expect(names(await store.list({ kind: 'Container', namespace: 'other' }))).toEqual(['d']);
      expect(names(await store.list({ kind: 'Container', statuses: ['running', 'completed'] }))).toEqual(['a', 'c']);
      expect(names(await store.list({ kind: 'Container', statuses: [] }))).toEqual([]);
      expect(names(await store.list({ kind: 'Container', queue: 'q', namespace: 'space' }))).toEqual(['a', 'b']);
    });

    test.for([
      ['tier=web', ['a', 'b']], ['tier!=web', ['c', 'd']], ['tier', ['a', 'b', 'c']], ['!tier', ['d']], ['tier in (web,db),!env', ['b', 'c']],
      ['tier notin (web,db)', ['d']], ['tier=', []], ['env=it', ['a']],
    ] as const)('lists by selector %s', async ([selector, expected]) => {
      const { store } = ground;
      for (const [id, labels] of [['a', { tier: 'web', env: 'it' }], ['b', { tier: 'web' }], ['c', { tier: 'db' }], ['d', { other: 'tier' }]] as const) await put(store, newContainer(id, { labels }));
      expect(names(await store.list({ kind: 'Container', labels: parseSelector(selector) }))).toEqual(expected);
    });

    test('a cursor that is none is refused', async () => {
      await expect(ground.store.list({ kind: 'Container', cursor: "1'; drop table resources" })).rejects.toMatchObject({ code: 'invalid' });
      await expect(ground.store.events({ cursor: 'yesterday' })).rejects.toMatchObject({ code: 'invalid' });
    });

    test('counts those that are not gone by status word', async () => {
      const { store } = ground;
      await put(store, inState(newContainer('a'), 'running'));
      await put(store, inState(newContainer('b'), 'running'));
      await put(store, newContainer('c'));
      await put(store, newContainer('d', { goneAt: timestamp(1) }));
      await put(store, newSecret('s'));
      expect(await store.count('Container')).toEqual({ running: 2, pending: 1 });
      expect(await store.count('Secret')).toEqual({ '': 1 });
      expect(await store.count('Service')).toEqual({});
    });

    test('the head of a queue is the first that has not ended', async () => {
      const { store } = ground;
      const spec = { ...newContainer('x').spec, queue: 'q' };
      const a = await put(store, newContainer('a', { spec }));
      const b = await put(store, newContainer('b', { spec }));
      await put(store, newContainer('elsewhere', { spec, namespace: 'other' }));
      expect((await store.queueHead('space', 'q'))!.id).toBe('a');
      await put(store, inState(a, 'completed'));
      expect((await store.queueHead('space', 'q'))!.id).toBe('b');
      await put(store, { ...b, goneAt: timestamp(1) });
      expect(await store.queueHead('space', 'q')).toBeUndefined();
    });

    test('the fleet has one identity for good', async () => {
      const first = await ground.store.fleet();
      expect(first).toMatch(/^[a-z][a-z0-9]{11}$/);
      expect(await ground.store.fleet()).toBe(first);
    });

    test('a value is held against others for its time, and as long as it is said again', async () => {
      const { store, elapse } = ground;
      const hold = (value: string): Promise<boolean> => store.hold('redis', value, 1_000);
      expect([await hold('a'), await hold('b'), await store.hold('other', 'b', 1_000)]).toEqual([true, false, true]);
      await elapse(600);
      expect([await hold('a'), await hold('b')]).toEqual([true, false]);
      await elapse(600);
      expect(await hold('b')).toBe(false);
      await elapse(600);
      expect([await hold('b'), await hold('a'), await store.hold('redis', 'b', 0), await hold('a')]).toEqual([true, false, true, true]);
    });
  });
}

export function event(id: string, more: Partial<{ reason: string; message: string; type: 'normal' | 'warning'; namespace: string }> = {}) {
  const { reason = 'Pulling', message = 'pulling busybox', type = 'normal', namespace = 'space' } = more;
  return { type, reason, message, object: { kind: 'Container', namespace, name: id, id } } as const;
}

export function attempt(number: number) {
  return { number, key: `c1-${number}`, platform: 'docker', region: 'local', offer: 'local', price_per_hour: '0', intended_at: timestamp(number), ended_at: timestamp(number + 1) };
}
