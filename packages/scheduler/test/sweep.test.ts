import { type Instance, NebError, type Provider } from '@neb/core-types';
import { afterEach, describe, expect, test } from 'vitest';
import { sweeper } from '../src/sweep.ts';
import { laggingCloud } from './lagging-cloud.ts';
import { settle, type Stage, stage } from './harness.ts';

let on: Stage | undefined;
afterEach(() => on?.stop());

/** One container that runs. */
async function withRunning(options: Parameters<typeof stage>[0] = { startMs: 0 }): Promise<Stage> {
  const s = (on = stage(options));
  s.start();
  await s.create({ id: 'a' });
  await s.until(async () => (await s.said('a')) === 'running');
  return s;
}

const keys = async (s: Stage): Promise<string[]> => (await s.instances()).map((i: Instance) => i.key).sort();

describe('a sweep', () => {
  test.each([['of nobody', 'zzz-1'], ['of an attempt that is not under way', 'a-2'], ['with a key that is none of ours', 'whatever']])('deletes an instance %s, after a grace time', async (_, key) => {
    const s = await withRunning();
    s.cloud.stray(await s.store.fleet(), key);
    const sweep = sweeper(s.world, s.cloud.provider);
    const { signal } = new AbortController();
    expect(await sweep(signal)).toMatchObject({ seen: 2, deleted: 0, suspects: 1, nextMs: 30_000 });
    s.clock.advance(29_000);
    expect(await sweep(signal)).toMatchObject({ deleted: 0, suspects: 1, nextMs: 1_000 });
    s.clock.advance(1_000);
    expect(await sweep(signal)).toMatchObject({ deleted: 1, suspects: 0, nextMs: 60_000 });
    expect(await keys(s)).toEqual(['a-1']);
  });

  test('leaves another fleet alone', async () => {
    const s = await withRunning();
    s.cloud.stray('another', 'zzz-1');
    await s.pass(300_000, 5_000);
    const theirs: string[] = [];
    for await (const { key } of s.cloud.provider.list({ fleet: 'another' })) theirs.push(key);
    expect(theirs).toEqual(['zzz-1']);
  });

  test('deletes an instance that comes back after its container is gone', async () => {
    const s = await withRunning();
    await s.remove('a');
    await s.until(async () => (await s.get('a')).goneAt !== undefined);
    s.cloud.stray(await s.store.fleet(), 'a-1');
    await s.pass(120_000, 5_000);
    expect(await keys(s)).toEqual([]);
  });

  test('spares an instance whose intent is written in the meantime', async () => {
    const s = await withRunning();
    await s.create({ id: 'b' });
    const ref = s.cloud.stray(await s.store.fleet(), 'b-1');
    await s.pass(120_000, 5_000);
    expect((await s.get('b')).status).toMatchObject({ status: 'running', attempt: { ref } });
  });

  test.each([
    ['the watch has missed', 61_000, (): AsyncIterable<string> => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) })],
    ['nothing tells of', 11_000, undefined],
  ] as const)('wakes a container whose end %s', async (_, withinMs, watch) => {
    const s = await withRunning({ startMs: 0, provider: (cloud) => ({ ...cloud.provider, watch }) });
    await s.pass(5_000);
    s.cloud.exit('a-1', 0);
    await s.pass(withinMs);
    expect(await s.said('a')).toBe('completed');
  });

  test('follows a watch that broke and comes back', async () => {
    let breakNow: ((error: Error) => void) | undefined;
    const fragile = ({ provider }: { provider: Provider }): Provider => ({
      ...provider,
      async *watch(query, call) {
        const broken = new Promise<never>((_, reject) => { breakNow = reject; });
        const keys = provider.watch!(query, call)[Symbol.asyncIterator]();
        for (;;) {
          const next = await Promise.race([keys.next(), broken]);
          if (next.done) return;
          yield next.value;
        }
      },
    });
    const s = await withRunning({ startMs: 0, provider: fragile });
    await s.pass(2_000);
    breakNow!(new NebError('unavailable', 'the engine went away'));
    await settle();
    s.cloud.exit('a-1', 0);
    await s.pass(2_000);
    expect(s.troubles.join()).toContain('watch of memory');
    expect(await s.said('a')).toBe('completed');
  });

  test('of a platform that cannot be reached goes on when it can', async () => {
    let down = false;
    const moody = ({ provider }: { provider: Provider }): Provider => ({
      ...provider,
      async *list(query, call) {
        if (down) throw new NebError('unavailable', 'the engine is not running');
        yield* provider.list(query, call);
      },
    });
    const s = await withRunning({ startMs: 0, provider: moody });
    down = true;
    s.cloud.stray(await s.store.fleet(), 'zzz-1');
    await s.pass(300_000, 5_000);
    expect(await keys(s)).toContain('zzz-1');
    down = false;
    await s.pass(180_000, 5_000);
    expect(await keys(s)).toEqual(['a-1']);
  });
});

describe('a platform whose list lags behind its creates', () => {
  test('gives one instance where the answer to a create is lost', async () => {
    const cloud = laggingCloud({ lagMs: 10_000 });
    const s = (on = stage({ provider: (_, clock) => cloud.provider(clock) }));
    s.start();
    cloud.loseNextAnswer();
    await s.create({ id: 'a' });
    await s.pass(60_000, 250);
    expect(await s.said('a')).toBe('running');
    expect(cloud.made()).toEqual(['a-1']);
    expect((await s.get('a')).status.attempt?.ref).toBe('lag-1');
  });

  test('gives one in the end where the lag is longer than anyone would wait', async () => {
    const cloud = laggingCloud({ lagMs: 45_000 });
    const s = (on = stage({ provider: (_, clock) => cloud.provider(clock) }));
    s.start();
    cloud.loseNextAnswer();
    await s.create({ id: 'a' });
    await s.pass(300_000, 500);
    expect(await s.said('a')).toBe('running');
    expect(cloud.made()).toEqual(['a-1', 'a-1']);
    expect(cloud.there()).toEqual([(await s.get('a')).status.attempt?.ref]);
  });

  test('leaves nothing of a container that is deleted while its create is not shown yet', async () => {
    const cloud = laggingCloud({ lagMs: 10_000 });
    const s = (on = stage({ provider: (_, clock) => cloud.provider(clock) }));
    s.start();
    cloud.loseNextAnswer();
    await s.create({ id: 'a' });
    await s.pass(500, 100);
    await s.remove('a');
    await s.pass(60_000, 250);
    expect(await s.said('a')).toBe('deleted');
    expect(cloud.there()).toEqual([]);
  });
});
