import { expect, test } from 'vitest';
import { ground } from '../test/ground.ts';
import { readSample, sampleScript } from './pressure.ts';
import { type Streams, streams } from './streams.ts';

const of = { stream: 'shop:work', group: 'workers' };
const { redis, url, all } = await ground([of]);

async function now(): Promise<NonNullable<Awaited<ReturnType<Streams['pressure']>>[number]>> {
  const [found] = await all.pressure([of]);
  return found!;
}
/** The same step on a server that tells neither lag nor how much was read, as those before Redis 7. */
async function onOldServer(): Promise<ReturnType<typeof readSample>> {
  const old = sampleScript.replaceAll("mine['lag']", 'nil').replaceAll("mine['entries-read']", 'nil');
  expect(old).not.toBe(sampleScript);
  return readSample(await redis.eval(old, 2, of.stream, `${of.stream}.trimmed`, of.group, 10_000));
}
const add = async (count: number): Promise<string[]> => await Promise.all(Array.from({ length: count }, async (_, n) => (await redis.xadd(of.stream, '*', 'n', n))!));
const read = async (count: number, consumer = 'c'): Promise<unknown> => await redis.call('XREADGROUP', 'GROUP', of.group, consumer, 'COUNT', count, 'STREAMS', of.stream, '>');

test('a sample tells what waits, what is held by whom, and what was acknowledged', async () => {
  const ids = await add(5);
  await read(2, 'one');
  await read(1, 'two');
  await redis.xack(of.stream, of.group, ids[0]!);
  const found = await now();
  expect(found).toMatchObject({ backlog: 2, exact: true, pending: 2, acknowledged: 1 });
  expect(found.oldestWaitingMs).toBeGreaterThanOrEqual(0);
  expect(found.oldestPendingMs).toBeGreaterThanOrEqual(found.oldestWaitingMs!);
  expect(found.consumers.map(({ name, pending }) => [name, pending])).toEqual([['one', 1], ['two', 1]]);
});

test('an empty stream has nothing waiting, and one that is not declared has no sample', async () => {
  expect(await now()).toEqual({ backlog: 0, exact: true, pending: 0, acknowledged: 0, consumers: [] });
  expect(await all.pressure([{ ...of, group: 'others' }, { ...of, stream: 'nowhere' }])).toEqual([undefined, undefined]);
});

test('the backlog is right where Redis cannot tell the lag, since an entry was deleted that nobody had taken', async () => {
  const ids = await add(250);
  await read(20);
  await redis.xdel(of.stream, ids[100]!, ids[249]!);
  expect(await redis.xinfo('GROUPS', of.stream)).toEqual([expect.arrayContaining(['lag', null])]);
  expect(await now()).toMatchObject({ backlog: 228, exact: true, pending: 20 });
});

test('the backlog is right where a producer trimmed what nobody had taken', async () => {
  await add(30);
  await read(10);
  await redis.xtrim(of.stream, 'MAXLEN', 8);
  expect(await now()).toMatchObject({ backlog: 8, exact: true });
});

test('nothing waits once all that waited was deleted', async () => {
  const ids = await add(3);
  await redis.xdel(of.stream, ...ids);
  expect(await now()).toMatchObject({ backlog: 0, exact: true });
});

test('without lag a long backlog is counted from whichever end is nearer, and else estimated from above', async () => {
  await Promise.all(Array.from({ length: 25 }, async () => await add(1_000)));
  await read(300);
  expect(await onOldServer()).toMatchObject({ backlog: 24_700, exact: true, pending: 300 });
  await read(12_200);
  const estimate = await onOldServer();
  expect(estimate).toMatchObject({ exact: false });
  expect(estimate!.backlog).toBeGreaterThanOrEqual(12_500);
});

test('without counters of Redis, what was acknowledged is told by what is left, trimmed or not', async () => {
  await add(400);
  await read(400);
  const ids = (await redis.xpending(of.stream, of.group, '-', '+', 400)) as [string][];
  await redis.xack(of.stream, of.group, ...ids.slice(0, 350).map(([id]) => id));
  expect(await onOldServer()).toMatchObject({ acknowledged: 350, pending: 50 });
  await using brief = streams({ url, keep: { acknowledgedMs: 0 } });
  const { trimmed } = await brief.tend(of, { maxAttempts: 5, visibilityMs: 60_000 });
  expect(trimmed).toBeGreaterThan(0);
  expect(await onOldServer()).toMatchObject({ acknowledged: 350, pending: 50 });
  expect(await now()).toMatchObject({ acknowledged: 350, pending: 50 });
});
