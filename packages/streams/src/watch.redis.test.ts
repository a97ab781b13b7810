import type { StreamGroup } from '@neb/core-types';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { ground } from '../test/ground.ts';

const of = { stream: 'a', group: 'g' };
const server = await ground([of], { keeps: true });
const { redis, all } = server;
const named = (count: number): readonly StreamGroup[] => Array.from({ length: count }, (_, n) => ({ stream: `many:${n}`, group: 'g' }));

const told = async (heard: readonly string[], count: number): Promise<void> => await vi.waitFor(() => expect(heard).toHaveLength(count), { timeout: 5_000, interval: 5 });

test('the first message to any of many streams is told once, and taken from nobody', async () => {
  const heard: string[] = [];
  await using watch = all.watch(({ stream }) => heard.push(stream));
  const many = named(100);
  for (const each of many) {
    await all.declare(each);
    watch.add(each);
  }
  await sleep(100);
  for (const n of [7, 93, 7]) await redis.xadd(`many:${n}`, '*', 'x', 1);
  await told(heard, 2);
  expect(heard).toEqual(['many:7', 'many:93']);
  expect((await all.pressure([many[7]!]))[0]).toMatchObject({ backlog: 2, pending: 0 });
});

test('a message that waits already is told at once, and one that was taken is not', async () => {
  const heard: string[] = [];
  await using watch = all.watch(({ stream }) => heard.push(stream));
  await redis.xadd(of.stream, '*', 'x', 1);
  watch.add(of);
  await told(heard, 1);
  await redis.call('XREADGROUP', 'GROUP', of.group, 'c', 'STREAMS', of.stream, '>');
  watch.add(of);
  await sleep(200);
  expect(heard).toHaveLength(1);
  await redis.xadd(of.stream, '*', 'x', 2);
  await told(heard, 2);
});

test('what was removed is not told, and the rest still is', async () => {
  const heard: string[] = [];
  await using watch = all.watch(({ stream }) => heard.push(stream));
  const [one, two] = named(2) as [StreamGroup, StreamGroup];
  watch.add(one);
  watch.add(two);
  await sleep(50);
  watch.remove(one);
  await redis.xadd(one.stream, '*', 'x', 1);
  await redis.xadd(two.stream, '*', 'x', 1);
  await told(heard, 1);
  expect(heard).toEqual([two.stream]);
});

test('a key that turns into something else keeps no other stream from being told', async () => {
  const heard: string[] = [];
  await using watch = all.watch(({ stream }) => heard.push(stream));
  const [bad, good] = named(2) as [StreamGroup, StreamGroup];
  watch.add(bad);
  watch.add(good);
  await sleep(50);
  await redis.set(bad.stream, 'no stream');
  await redis.xadd(good.stream, '*', 'x', 1);
  await told(heard, 1);
  watch.add(good);
  await redis.xadd(good.stream, '*', 'x', 2);
  await told(heard, 2);
});

test('what comes while the watch is cut off, or just after Redis died and began again, is told', async () => {
  const heard: string[] = [];
  await using watch = all.watch(({ stream }) => heard.push(stream));
  watch.add(of);
  await sleep(50);
  await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await redis.xadd(of.stream, '*', 'x', 1);
  await told(heard, 1);
  await redis.call('XREADGROUP', 'GROUP', of.group, 'c', 'STREAMS', of.stream, '>');
  watch.add(of);
  await sleep(50);
  await server.kill();
  await server.start();
  await redis.xadd(of.stream, '*', 'x', 2);
  await told(heard, 2);
});

test('a message is told within a tenth of a second at the median, with a hundred others watched', async () => {
  const at: number[] = [];
  let sentAt = 0;
  await using watch = all.watch(() => at.push(performance.now() - sentAt));
  for (const each of named(100)) watch.add(each);
  watch.add(of);
  for (let n = 1; n <= 20; n++) {
    await sleep(20);
    sentAt = performance.now();
    await redis.xadd(of.stream, '*', 'x', n);
    await vi.waitFor(() => expect(at).toHaveLength(n), { timeout: 5_000, interval: 1 });
    await redis.call('XREADGROUP', 'GROUP', of.group, 'c', 'STREAMS', of.stream, '>');
    watch.add(of);
  }
  expect(at.toSorted((a, b) => a - b)[10]).toBeLessThan(100);
});
