import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Resource, Store, TenantStore } from '../../src/store.ts';
import { follow } from './feed-cases.ts';
import { type Ground, newContainer, newSecret, type NewGround, put } from './ground.ts';
import { attempt, event } from './object-cases.ts';

/** What every store promises about views: each sees and changes its own, whatever it asks for. */
export function wallCases(newGround: NewGround): void {
  let ground: Ground;
  let store: Store;
  let alice: TenantStore;
  let bob: TenantStore;
  beforeEach(async () => {
    ground = await newGround();
    store = ground.store;
    alice = store.as({ owners: ['alice', 'acme'] });
    bob = store.as({ owners: ['bob"\\{},'] });
  });
  afterEach(() => ground[Symbol.asyncDispose]());

  const hers = (id: string, more: Partial<Resource<'Container'>> = {}): Resource<'Container'> => newContainer(id, more);
  const his = (id: string, more: Partial<Resource<'Container'>> = {}): Resource<'Container'> => newContainer(id, { owner: 'bob"\\{},', namespace: 'bobs', ...more });

  describe('a view', () => {
    test('shows what is within it as it is, and what is beyond it not at all', async () => {
      const [c1] = await store.commit([
        { do: 'put', resource: hers('c1') }, { do: 'tell', event: event('c1') }, { do: 'archive', containerId: 'c1', attempt: attempt(1) }, { do: 'keep_log', containerId: 'c1', attempt: 1, lines: [] },
      ]);
      const ref = { kind: 'Container', namespace: 'space', name: 'c1' } as const;
      expect(await alice.get('Container', 'c1')).toEqual(c1);
      expect(await alice.find(ref)).toEqual(c1);
      expect((await alice.list({ kind: 'Container' })).items).toEqual([c1]);
      expect((await alice.containerRows({})).items).toMatchObject([{ metadata: { id: 'c1' } }]);
      expect((await alice.events({})).items).toMatchObject([{ object: { id: 'c1' } }]);
      expect(await alice.attempts('c1')).toHaveLength(1);
      expect(await alice.keptLog('c1')).toMatchObject({ attempt: 1 });

      for (const beyond of [bob, store.as({ owners: [] }), store.as({ owners: ['alic', 'ALICE', ''] }), store.as({ owners: ['alice'], namespaces: ['other'] }), store.as({ namespaces: ['bobs'] }), store.as({ owners: ['alice'], namespaces: [] })]) {
        expect(await beyond.get('Container', 'c1')).toBeUndefined();
        expect(await beyond.find(ref)).toBeUndefined();
        for (const gone of [true, false]) expect(await beyond.list({ kind: 'Container', namespace: 'space', gone })).toEqual({ items: [] });
        expect(await beyond.containerRows({ namespace: 'space' })).toEqual({ items: [] });
        expect(await beyond.events({ objectId: 'c1' })).toEqual({ items: [] });
        expect(await beyond.attempts('c1')).toEqual([]);
        expect(await beyond.keptLog('c1')).toBeUndefined();
        expect(await beyond.keptLog('c1', 1)).toBeUndefined();
      }
    });

    test('is for the one who asked, also where many ask at once for the same', async () => {
      await put(store, hers('c1'));
      await put(store, his('c2'));
      const asked = Array.from({ length: 60 }, () => [[alice, 'c1', true], [bob, 'c1', false], [alice, 'c2', false], [bob, 'c2', true], [store, 'c1', true]] as const).flat();
      const answers = await Promise.all(asked.map(([as, id]) => as.get('Container', id)));
      expect(answers.map((found) => found !== undefined)).toEqual(asked.map(([, , seen]) => seen));
      const found = await Promise.all(asked.map(([as, id]) => as.find({ kind: 'Container', namespace: id === 'c1' ? 'space' : 'bobs', name: id })));
      expect(found.map((one) => one !== undefined)).toEqual(asked.map(([, , seen]) => seen));
      const listed = await Promise.all(asked.map(([as]) => as.list({ kind: 'Container' })));
      expect(listed.map(({ items }) => items.length)).toEqual(asked.map(([as]) => (as === store ? 2 : 1)));
      // Nobody's view is left over for the server's own work.
      expect((await store.list({ kind: 'Container' })).items).toHaveLength(2);
      expect((await store.events({})).items).toHaveLength(0);
    });

    test('fills its pages with what is within it', async () => {
      for (let n = 0; n < 12; n++) await put(store, n % 4 === 0 ? hers(`c${n}`) : his(`c${n}`));
      const first = await alice.list({ kind: 'Container', limit: 2 });
      expect(first.items.map(({ id }) => id)).toEqual(['c0', 'c4']);
      expect(await alice.list({ kind: 'Container', limit: 2, cursor: first.next })).toMatchObject({ items: [{ id: 'c8' }] });
    });

    test('narrowed to namespaces it has those, with the namespaces themselves', async () => {
      const space = (id: string): Resource<'Namespace'> => ({ ...newSecret(id), kind: 'Namespace', namespace: '', name: id, spec: {}, status: { status: 'active', conditions: [] } });
      await store.commit([{ do: 'put', resource: space('space') }, { do: 'put', resource: space('other') }, { do: 'put', resource: hers('c1') }, { do: 'put', resource: hers('c2', { namespace: 'other' }) }, { do: 'tell', event: event('c2', { namespace: 'other' }) }]);
      const narrow = store.as({ owners: ['alice'], namespaces: ['space', 'nowhere'] });
      expect((await narrow.list({ kind: 'Container' })).items.map(({ id }) => id)).toEqual(['c1']);
      expect((await narrow.list({ kind: 'Namespace' })).items.map(({ id }) => id)).toEqual(['space']);
      await expect(narrow.commit([{ do: 'put', resource: hers('c3', { namespace: 'other' }) }])).rejects.toMatchObject({ code: 'unauthorized' });
      expect(await narrow.commit([{ do: 'put', resource: hers('c4') }])).toMatchObject([{ id: 'c4' }]);
      const ofAll = store.as({ namespaces: ['other'] });
      expect((await ofAll.list({ kind: 'Container' })).items.map(({ id }) => id)).toEqual(['c2']);
      expect((await ofAll.events({})).items).toHaveLength(1);
    });
  });

  describe('a write within a view', () => {
    test('makes and changes what is within it', async () => {
      const [c1] = await alice.commit([{ do: 'put', resource: hers('c1') }, { do: 'wake', kind: 'Container', id: 'c1' }, { do: 'tell', event: event('c1') }]);
      const [again] = await alice.commit([{ do: 'put', resource: { ...c1!, labels: { a: 'b' } } }]);
      expect(await store.get('Container', 'c1')).toEqual(again);
      expect(await ground.queue('Container').take(10)).toMatchObject([{ key: 'c1' }]);
      expect((await alice.events({ objectId: 'c1' })).items).toHaveLength(1);
    });

    test('changes nothing beyond it, and says of it no more than of what is not there', async () => {
      const c1 = await put(store, hers('c1'));
      const away = { ...c1, labels: { stolen: 'yes' } };
      await expect(bob.commit([{ do: 'put', resource: away }])).rejects.toMatchObject({ code: 'conflict', message: 'container c1 in namespace space no longer exists' });
      await expect(bob.commit([{ do: 'put', resource: { ...away, owner: 'bob"\\{},' } }])).rejects.toMatchObject({ code: 'conflict' });
      await expect(bob.commit([{ do: 'put', resource: his('c2') }, { do: 'put', resource: away }])).rejects.toMatchObject({ code: 'conflict' });
      await expect(bob.commit([{ do: 'put', resource: hers('c3') }])).rejects.toMatchObject({ code: 'unauthorized' });
      await expect(alice.commit([{ do: 'put', resource: { ...c1, owner: 'bob"\\{},' } }])).rejects.toMatchObject({ code: 'unauthorized' });
      expect(await store.get('Container', 'c1')).toEqual(c1);
      expect((await store.list({ kind: 'Container', gone: true })).items).toHaveLength(1);
    });

    test('is refused alone, not those that are made at the same moment', async () => {
      const wishes = Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? alice.commit([{ do: 'put', resource: hers(`c${n}`) }]) : bob.commit([{ do: 'put', resource: hers(`c${n}`) }])));
      const outcomes = await Promise.allSettled(wishes);
      expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map((_, n) => (n % 2 === 0 ? 'fulfilled' : 'rejected')));
      expect((await store.list({ kind: 'Container' })).items).toHaveLength(20);
    });

    test('finds a name taken by what it cannot see', async () => {
      await put(store, hers('c1', { name: 'web' }));
      await expect(bob.commit([{ do: 'put', resource: his('c2', { name: 'web', namespace: 'space' }) }])).rejects.toMatchObject({ code: 'conflict' });
    });
  });

  test('a follower within a view hears of what is within it', async () => {
    const [hears, knows] = [await follow(bob), await follow(alice)];
    const c1 = await put(store, hers('c1'));
    await store.commit([{ do: 'tell', event: event('c1') }]);
    await put(store, his('c2'));
    await store.commit([{ do: 'drop', resource: c1 }]);
    expect((await hears.heard(1)).map(({ id }) => id)).toEqual(['c2']);
    expect((await knows.heard(3)).map(({ id, dropped }) => [id, dropped])).toEqual([['c1', false], ['c1', false], ['c1', true]]);
    await hears.stop();
    await knows.stop();
  });
}
