import { expect, test } from 'vitest';
import { ground } from '../test/ground.ts';
import { type Entry, entriesIn } from './entries.ts';
import { worker } from './worker/worker.ts';

const of = { stream: 'shop:work', group: 'workers' };
const other = { ...of, group: 'others' };
const { redis, url, all } = await ground([of], { keep: { claimMs: 0 } });
const care = { maxAttempts: 3, visibilityMs: 0 };
const read = async (consumer: string, group = of.group): Promise<readonly Entry[]> => entriesIn(await redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', 10, 'STREAMS', of.stream, '>'));
const gauge = async (): Promise<object | undefined> => (await all.pressure([of]))[0];

test('what its worker let lie comes to one that only reads, as it was, and counts as another attempt until it is given up', async () => {
  const [sent] = await all.send(of, [{ content: { n: 1 } }]);
  const [first] = await read('dead');
  expect(await all.tend(of, care)).toMatchObject({ handedBack: 1, buried: 0 });
  expect(await gauge()).toMatchObject({ backlog: 1, exact: true, pending: 0 });
  const [again] = await read('second');
  expect(again!.id).not.toBe(sent!.entryId);
  expect([...again!.fields][0], 'its own field comes first').toEqual([...first!.fields][0]);
  expect((await all.messages(of)).items, 'it is listed once').toEqual([expect.objectContaining({ id: sent!.id, content: { n: 1 } })]);

  expect(await all.tend(of, care)).toMatchObject({ handedBack: 1 });
  await read('third');
  expect(await all.tend(of, care)).toMatchObject({ handedBack: 0, buried: 1 });
  expect(await all.answer(of, sent!.id)).toMatchObject({ kind: 'failed', message: expect.stringContaining('given up') });
  const { items: [letter] } = await all.deadLetters.list(of);
  expect(letter).toMatchObject({ messageId: sent!.id, attempts: 3, consumer: 'third', content: { n: 1 } });
  expect(Date.parse(letter!.firstAt)).toBeLessThan(Date.parse(letter!.lastAt));
});

test('what lies is left to workers that claim at first, and is not touched while a worker that lives is at it', async () => {
  await all.send(of, [{ content: 1 }]);
  await read('container-1');
  const slow = { maxAttempts: 1, visibilityMs: 10 };
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(await all.tend(of, { ...slow, live: [{ name: 'container-1', runsMs: 60_000 }] })).toMatchObject({ handedBack: 0, buried: 0 });
  expect(await all.tend(of, { ...care, visibilityMs: 60_000 })).toMatchObject({ handedBack: 0 });
  expect(await all.tend(of, { ...care, live: [{ name: 'container-2', runsMs: 60_000 }] })).toMatchObject({ handedBack: 1 });
});

test('an answer is waited for where the message has gone', async () => {
  const [sent] = await all.send(of, [{ content: 1 }]);
  await read('dead');
  await all.tend(of, care);
  const [again] = await read('second');
  expect(await redis.zrange(`${of.stream}.returns`, '0', '-1')).toContain(`${again!.id} ${sent!.id}`);
  await redis.xadd(sent!.returnStream!, '*', 'data', JSON.stringify({ id: again!.id, content: 'done', status: 'success' }));
  expect(await all.answer(of, sent!.id)).toMatchObject({ kind: 'done', content: 'done' });
});

test('another group of the stream never sees it again: it waits until they have read all, and moves them past it', async () => {
  await all.declare(other);
  await all.send(of, [{ content: 1 }], { answer: false });
  await read('dead');
  expect(await all.tend(of, care), 'while others have not read it').toMatchObject({ handedBack: 0 });
  const [theirs] = await read('o', other.group);
  expect(await all.tend(of, care)).toMatchObject({ handedBack: 1 });
  expect(await read('o', other.group)).toEqual([]);
  expect((await all.pressure([other]))[0]).toMatchObject({ backlog: 0, exact: true, pending: 1 });
  expect(await redis.xrange(of.stream, theirs!.id, theirs!.id), 'what they hold is there still').toHaveLength(1);
  expect(await read('second')).toHaveLength(1);
  await all.send(of, [{ content: 2 }], { answer: false });
  expect((await all.pressure([other]))[0]).toMatchObject({ backlog: 1, exact: true });
  expect(await read('o', other.group)).toHaveLength(1);
});

test('a worker that claims goes on counting, keeps the message\'s id, and its effect happens once whoever had it before', async () => {
  await redis.xadd(of.stream, '*', 'text', 'raw');
  const [raw] = await read('dead');
  await all.tend(of, care);
  const seen: unknown[] = [];
  const crew = worker({ url, ...of, maxAttempts: 5, retry: () => 0, stopOn: [] }, (message, { attempt, effect, key }) => {
    seen.push({ id: message.id, attempt, content: message.content });
    effect('INCR', key('count'));
    if (attempt < 3) throw new Error('bad luck');
  });
  await expect.poll(async () => (await redis.xpending(of.stream, of.group))[0], { timeout: 10_000 }).toBe(0);
  await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(2);
  await crew.stop();
  expect(seen).toEqual([2, 3].map((attempt) => ({ id: raw!.id, attempt, content: { text: 'raw' } })));
  expect(await redis.get(`${of.stream}.state.count`)).toBe('1');
});
