import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FeedEntry, Store } from '../../src/store.ts';
import { type Ground, keepChanges, newContainer, type NewGround, put } from './ground.ts';
import { event } from './object-cases.ts';

/** What every change feed promises. */
export function feedCases(newGround: NewGround): void {
  let ground: Ground;
  let store: Store;
  beforeEach(async () => {
    ground = await newGround();
    store = ground.store;
  });
  afterEach(() => ground[Symbol.asyncDispose]());

  test('a follower hears what changed, in order, from the moment it began', async () => {
    await put(store, newContainer('before'));
    const follower = await follow(store);
    const c1 = await put(store, newContainer('c1'));
    await put(store, newContainer('c2'));
    await put(store, c1);
    expect((await follower.heard(3)).map(({ id }) => id)).toEqual(['c1', 'c2', 'c1']);
    expect(follower.entries[0]).toEqual({ cursor: expect.any(String), kind: 'Container', id: 'c1', namespace: 'space', name: 'c1', dropped: false, owner: 'alice' });
    await follower.stop();
  });

  test('it hears of what is told and of what is forgotten, once a commit', async () => {
    const follower = await follow(store);
    const [c1] = await store.commit([{ do: 'put', resource: newContainer('c1') }, { do: 'tell', event: event('c1') }, { do: 'tell', event: event('c1', { message: 'b' }) }]);
    await store.commit([{ do: 'tell', event: event('c1') }]);
    await store.commit([{ do: 'wake', kind: 'Container', id: 'c1' }]);
    await store.commit([{ do: 'drop', resource: c1! }]);
    expect((await follower.heard(3)).map(({ id, dropped }) => [id, dropped])).toEqual([['c1', false], ['c1', false], ['c1', true]]);
    await follower.stop();
  });

  test('from a cursor it goes on exactly there', async () => {
    const first = await follow(store, await store.cursor());
    for (let n = 0; n < 6; n++) await put(store, newContainer(`c${n}`));
    const [, , third] = await first.heard(6);
    await first.stop();
    const second = await follow(store, third!.cursor);
    await put(store, newContainer('c6'));
    expect((await second.heard(4)).map(({ id }) => id)).toEqual(['c3', 'c4', 'c5', 'c6']);
    await second.stop();
  });

  test('reading after a cursor was taken and following from it misses nothing', async () => {
    const writing = Promise.all(Array.from({ length: 40 }, (_, n) => put(store, newContainer(`c${n}`))));
    const cursor = await store.cursor();
    const { items } = await store.list({ kind: 'Container', limit: 1_000 });
    const follower = await follow(store, cursor);
    await writing;
    const known = new Set(items.map(({ id }) => id));
    await follower.until(() => new Set([...known, ...follower.entries.map(({ id }) => id)]).size === 40);
    await follower.stop();
  });

  test('many followers hear the same, and one that stops leaves the others be', async () => {
    const followers = await Promise.all(Array.from({ length: 20 }, () => follow(store)));
    await put(store, newContainer('c1'));
    for (const follower of followers) await follower.heard(1);
    await followers[0]!.stop();
    await put(store, newContainer('c2'));
    for (const follower of followers.slice(1)) expect((await follower.heard(2)).map(({ id }) => id)).toEqual(['c1', 'c2']);
    await Promise.all(followers.slice(1).map((follower) => follower.stop()));
    expect(followers[0]!.entries).toHaveLength(1);
  });

  test('one that begins while the last of the others stops is none the worse', async () => {
    for (let n = 0; n < 10; n++) {
      const first = await follow(store);
      const [second] = await Promise.all([follow(store), first.stop()]);
      await put(store, newContainer(`c${n}`));
      expect((await second.heard(1))[0]!.id).toBe(`c${n}`);
      await second.stop();
    }
  });

  test('a slow follower gets everything in its own time', async () => {
    const stop = new AbortController();
    const slow: AsyncIterator<FeedEntry, undefined> = store.changes({ after: await store.cursor(), signal: stop.signal })[Symbol.asyncIterator]();
    for (let n = 0; n < 30; n++) await put(store, newContainer(`c${n}`));
    const ids: string[] = [];
    while (ids.length < 30) {
      const { value } = await slow.next();
      ids.push(value!.id);
    }
    expect(ids).toEqual(Array.from({ length: 30 }, (_, n) => `c${n}`));
    stop.abort();
    await slow.return?.();
  });

  test('from a cursor too old for it, it says that it has expired', async () => {
    const cursor = await store.cursor();
    let c = await put(store, newContainer('c0'));
    for (let n = 0; n < 3 * keepChanges; n++) c = await put(store, c);
    await ground.tidy?.();
    await expect(follow(store, cursor).then((follower) => follower.heard(1))).rejects.toMatchObject({ code: 'expired' });
    const now = await follow(store, await store.cursor());
    await put(store, c);
    await now.heard(1);
    await now.stop();
  });

  test.for(['', 'x', '1;2', "1' or 1=1", '-1.0'])('a cursor that is none is refused: %j', async (after) => {
    const iterator = store.changes({ after, signal: AbortSignal.timeout(5_000) })[Symbol.asyncIterator]();
    await expect(iterator.next()).rejects.toMatchObject({ code: 'invalid' });
  });

  test('ends when its signal aborts, also while it waits', async () => {
    const follower = await follow(store);
    await follower.stop();
    const gone = store.changes({ signal: AbortSignal.abort() })[Symbol.asyncIterator]();
    expect(await gone.next()).toEqual({ done: true, value: undefined });
  });
}

/** What replicas on one store hear of each other. */
export function replicaCases(newGround: NewGround): void {
  test('one replica hears what another writes, and its queue is hinted at', async () => {
    await using ground = await newGround();
    const other = await ground.replica!();
    const follower = await follow(other.store);
    const hint = other.queue('Container').hint(AbortSignal.timeout(5_000));
    await ground.store.commit([{ do: 'put', resource: newContainer('c1') }, { do: 'wake', kind: 'Container', id: 'c1' }]);
    expect((await follower.heard(1))[0]!.id).toBe('c1');
    await hint;
    expect((await other.queue('Container').take(1))[0]!.key).toBe('c1');
    await follower.stop();
  });
}

export interface Follower {
  readonly entries: readonly FeedEntry[];
  /** Resolves with the first `count` entries. Rejects with the feed, or after 10 s. */
  heard(count: number): Promise<readonly FeedEntry[]>;
  until(enough: () => boolean): Promise<void>;
  stop(): Promise<void>;
}

/** Follows from `after`, or from a cursor of now, in the background. */
export async function follow(store: Pick<Store, 'changes' | 'cursor'>, after?: string): Promise<Follower> {
  const entries: FeedEntry[] = [];
  const stop = new AbortController();
  let news = Promise.withResolvers<void>();
  const from = after ?? (await store.cursor());
  const over = (async () => {
    for await (const entry of store.changes({ after: from, signal: stop.signal })) {
      entries.push(entry);
      news.resolve();
      news = Promise.withResolvers<void>();
    }
  })();
  over.catch(() => {});
  const self: Follower = {
    entries,
    async heard(count) {
      await self.until(() => entries.length >= count);
      return entries.slice(0, count);
    },
    async until(enough) {
      const late = new AbortController();
      const timeout = sleep(10_000, 'late' as const, { signal: late.signal }).catch(() => 'left' as const);
      while (!enough()) {
        const what = await Promise.race([news.promise, over.then(() => 'ended' as const), timeout]);
        if (what !== undefined) throw new Error(`the follower was ${what} and had heard ${entries.map(({ id }) => id).join(' ')}`);
      }
      late.abort();
    },
    async stop() {
      stop.abort();
      await over;
    },
  };
  return self;
}
