import { collect, paginate, timestamp } from '@neb/core-types';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Ground, newContainer, type NewGround, put } from './ground.ts';
import { attempt, event } from './object-cases.ts';

/** What every store promises about events, attempts, kept logs and secrets. */
export function historyCases(newGround: NewGround): void {
  let ground: Ground;
  beforeEach(async () => { ground = await newGround(); });
  afterEach(() => ground[Symbol.asyncDispose]());

  describe('events', () => {
    test('repeats of one object, reason and message are folded', async () => {
      const { store, clock } = ground;
      const first = timestamp(clock.now());
      await store.commit([{ do: 'tell', event: event('c1') }, { do: 'tell', event: event('c1', { message: 'another' }) }, { do: 'tell', event: event('c2') }]);
      await ground.elapse(1_000);
      await store.commit([{ do: 'tell', event: event('c1', { type: 'warning' }) }, { do: 'tell', event: event('c1', { type: 'warning' }) }]);
      const { items } = await store.events({ objectId: 'c1' });
      expect(items).toEqual([
        { ...event('c1', { type: 'warning' }), id: expect.any(String), count: 3, first_at: first, last_at: timestamp(clock.now()) },
        { ...event('c1', { message: 'another' }), id: expect.any(String), count: 1, first_at: first, last_at: first },
      ]);
      expect(new Set((await store.events({})).items.map(({ id }) => id)).size).toBe(3);
    });

    test('come newest first, page by page, by namespace and since', async () => {
      const { store, clock } = ground;
      for (let n = 0; n < 7; n++) {
        await store.commit([{ do: 'tell', event: event(`c${n}`, { namespace: n % 2 === 0 ? 'even' : 'odd' }) }]);
        if (n % 3 === 0) await ground.elapse(1_000);
      }
      const ids = async (query: Parameters<typeof store.events>[0]): Promise<string> => (await collect(paginate((cursor) => store.events({ ...query, limit: 2, cursor })))).map(({ object }) => object.id).join(' ');
      expect(await ids({})).toBe('c6 c5 c4 c3 c2 c1 c0');
      expect(await ids({ namespace: 'odd' })).toBe('c5 c3 c1');
      expect(await ids({ since: timestamp(clock.now() - 2_000) })).toBe('c6 c5 c4 c3 c2 c1');
      expect(await ids({ since: timestamp(clock.now()) })).toBe('');
    });

    test('long messages and odd characters are told too', async () => {
      const { store } = ground;
      const message = `${'x'.repeat(20_000)} "quoted" \\ 'single' \0 ü`;
      await store.commit([{ do: 'tell', event: event('c1', { message }) }]);
      expect((await store.events({ objectId: 'c1' })).items[0]!.message).toBe(message.replace('\0', '\ufffd'));
    });
  });

  describe('attempts', () => {
    test('come newest first, and archiving one again changes nothing', async () => {
      const { store } = ground;
      for (const number of [1, 10, 2]) await store.commit([{ do: 'archive', containerId: 'c1', attempt: attempt(number) }]);
      await store.commit([{ do: 'archive', containerId: 'c1', attempt: { ...attempt(2), exit_code: 1 } }]);
      expect(await store.attempts('c1')).toEqual([attempt(10), attempt(2), attempt(1)]);
      expect(await store.attempts('c2')).toEqual([]);
    });
  });

  describe('kept logs', () => {
    const line = (text: string) => ({ at: timestamp(1), stream: 'stdout', text }) as never;
    test('the latest attempt is the one meant, and keeping again replaces', async () => {
      const { store } = ground;
      await store.commit([{ do: 'keep_log', containerId: 'c1', attempt: 10, lines: [line('ten')] }]);
      await store.commit([{ do: 'keep_log', containerId: 'c1', attempt: 9, lines: [line('nine')] }]);
      await store.commit([{ do: 'keep_log', containerId: 'c1', attempt: 9, lines: [line('nine again'), line('nul \0')] }]);
      expect(await store.keptLog('c1')).toEqual({ attempt: 10, lines: [line('ten')] });
      expect(await store.keptLog('c1', 9)).toEqual({ attempt: 9, lines: [line('nine again'), line('nul \ufffd')] });
      expect(await store.keptLog('c1', 8)).toBeUndefined();
      expect(await store.keptLog('c2')).toBeUndefined();
    });
  });

  describe('secrets', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
    test('a sealed value comes back byte for byte, and a new one replaces it', async () => {
      const { store } = ground;
      expect(await store.sealed('s1')).toBeUndefined();
      await store.seal('s1', bytes);
      expect(Uint8Array.from((await store.sealed('s1'))!)).toEqual(bytes);
      await store.seal('s1', bytes.slice(1, 2));
      expect(Uint8Array.from((await store.sealed('s1'))!)).toEqual(bytes.slice(1, 2));
    });

    test('no listing carries it', async () => {
      const { store } = ground;
      await put(store, newContainer('c1'));
      await store.seal('c1', bytes);
      expect(Object.keys((await store.list({ kind: 'Container' })).items[0]!)).not.toContain('sealed');
    });

    test('all who ask for a namespace\'s key at once get the same one', async () => {
      const { store } = ground;
      let made = 0;
      const keys = await Promise.all(Array.from({ length: 8 }, () => store.dataKey('space', () => new Uint8Array([++made, 1, 2]))));
      expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1);
      expect(Uint8Array.from(await store.dataKey('space', () => bytes))).toEqual(Uint8Array.from(keys[0]!));
      expect(Uint8Array.from(await store.dataKey('other', () => bytes))).toEqual(bytes);
    });

    test('the data keys come in order, page by page, and one is replaced only as it was read', async () => {
      const { store } = ground;
      const names = Array.from({ length: 130 }, (_, n) => `space-${String(n).padStart(3, '0')}`);
      for (const name of names.toReversed()) await store.dataKey(name, () => Buffer.from(name));
      const first = await store.dataKeys();
      const second = await store.dataKeys(first.at(-1)?.namespace);
      expect([...first, ...second].map(({ namespace }) => namespace)).toEqual(names);
      expect(await store.dataKeys(names.at(-1))).toEqual([]);
      const [key] = first;
      expect(await store.replaceDataKey(key!, bytes)).toBe(true);
      expect(await store.replaceDataKey(key!, Buffer.from('late'))).toBe(false);
      expect(Uint8Array.from(await store.dataKey(names[0]!, () => Buffer.from('new')))).toEqual(bytes);
    });
  });
}
