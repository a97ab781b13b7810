import { expect, test } from 'vitest';
import { ground } from '../test/ground.ts';
import { entriesIn } from './entries.ts';
import { commit } from './worker/commit.ts';
import { claim } from './worker/hold.ts';

const of = { stream: 'shop:work', group: 'workers' };
const { redis, all } = await ground([of], { keep: { claimMs: 0 } });

const read = async (count: number, consumer = 'c'): Promise<unknown> => await redis.call('XREADGROUP', 'GROUP', of.group, consumer, 'COUNT', count, 'STREAMS', of.stream, '>');
const handled = async (): Promise<number | undefined> => (await all.tally(of))?.handled;
const end = async (entryId: string, id: string) => await commit(redis, of, { consumer: 'c', answerMs: 1_000, now: Date.now(), commits: [{ entryId, id, commands: [], attempt: 1 }] });

test('what workers acknowledge counts, whichever make they are of, and what waits or is held does not', async () => {
  expect(await handled()).toBe(0);
  const ids = await Promise.all(Array.from({ length: 5 }, async () => (await redis.xadd(of.stream, '*', 'n', 1))!));
  await read(4);
  expect(await handled()).toBe(0);
  await redis.xack(of.stream, of.group, ids[0]!);
  expect(await end(ids[1]!, 'm1')).toEqual([{ is: 'done' }]);
  expect(await handled()).toBe(2);
  await all.tend(of, { maxAttempts: 9, visibilityMs: 60_000 });
  expect(await handled()).toBe(2);
  expect(await all.tally({ ...of, group: 'others' })).toBeUndefined();
});

test('a message counts once, though its end is told again, or it was delivered again', async () => {
  const [first, second] = [await redis.xadd(of.stream, '*', 'n', 1), await redis.xadd(of.stream, '*', 'n', 1)];
  await read(2);
  await end(first!, 'm1');
  await end(first!, 'm1');
  expect(await handled()).toBe(1);
  expect(await end(second!, 'm1')).toEqual([{ is: 'repeated' }]);
  expect(await handled()).toBe(1);
});

test('what is given up, put at the end again or deleted was not handled', async () => {
  const ids = await Promise.all(Array.from({ length: 3 }, async (_, n) => (await redis.xadd(of.stream, '*', 'n', n))!));
  await read(3);
  await redis.xdel(of.stream, ids[2]!);
  await claim(redis, of, { consumer: 'd', visibilityMs: 0, maxAttempts: 9, most: 10 });
  expect(await all.tend(of, { maxAttempts: 1, visibilityMs: 0 })).toMatchObject({ buried: 2 });
  expect((await redis.xpending(of.stream, of.group))[0]).toBe(0);
  expect(await handled()).toBe(0);

  await redis.xadd(of.stream, '*', 'n', 3);
  await read(1);
  expect(await all.tend(of, { maxAttempts: 9, visibilityMs: 0 })).toMatchObject({ handedBack: 1 });
  expect(await handled()).toBe(0);
  const [again] = entriesIn(await read(1));
  await redis.xack(of.stream, of.group, again!.id);
  expect(await handled()).toBe(1);
});

test('a group that was lost begins a count of its own', async () => {
  await redis.xadd(of.stream, '*', 'n', 1);
  const before = await all.tally(of);
  await all.declare(of);
  expect(await all.tally(of)).toEqual(before);
  await redis.xgroup('DESTROY', of.stream, of.group);
  await all.declare(of);
  const after = await all.tally(of);
  expect(after).toMatchObject({ handled: 0 });
  expect(after!.epoch).not.toBe(before!.epoch);
  await all.forget(of);
  expect(await redis.keys('*')).toEqual([]);
});
