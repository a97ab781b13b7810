import { rejectionOf } from '@neb/core-types/testing';
import { expect, test } from 'vitest';
import { ground } from '../test/ground.ts';
import { streams } from './streams.ts';

const of = { stream: 'shop:work', group: 'workers' };
const { redis, url, all } = await ground([of], { keep: { acknowledgedMs: 0 } });
const atOnce = { maxAttempts: 2, visibilityMs: 0 };
const read = async (count: number, consumer = 'c'): Promise<unknown> => await redis.call('XREADGROUP', 'GROUP', of.group, consumer, 'COUNT', count, 'STREAMS', of.stream, '>');
const claimAll = async (consumer: string): Promise<unknown> => await redis.xautoclaim(of.stream, of.group, consumer, 0, '0');

test('what any worker took too often and let lie goes to the dead letters, and whoever waits is told', async () => {
  const [sent] = await all.send(of, [{ content: { n: 1 } }]);
  await read(1, 'first');
  expect((await all.tend(of, atOnce)).buried, 'after one attempt').toBe(0);
  await claimAll('second');
  expect((await all.tend(of, { ...atOnce, visibilityMs: 60_000 })).buried, 'while a worker is at it').toBe(0);
  expect((await all.tend(of, atOnce)).buried).toBe(1);
  expect(await all.answer(of, sent!.id)).toMatchObject({ kind: 'failed', message: expect.stringContaining('given up') });
  const { items: [letter] } = await all.deadLetters.list(of);
  expect(letter).toMatchObject({ entryId: sent!.entryId, messageId: sent!.id, attempts: 2, consumer: 'second', error: expect.stringContaining('never acknowledged'), content: { n: 1 } });
  expect(Date.parse(letter!.firstAt)).toBeLessThanOrEqual(Date.parse(letter!.lastAt));
  expect((await all.pressure([of]))[0]).toMatchObject({ backlog: 0, pending: 0 });
});

test('a foreign worker\'s own words about a message it did not acknowledge are the error of the dead letter', async () => {
  const [sent] = await all.send(of, [{ content: 1 }]);
  const [silent] = await all.send(of, [{ content: 2 }], { answer: false });
  await read(2);
  await claimAll('c');
  const said = (id: string, error: string): string => JSON.stringify({ kind: 'StreamResponseMessage', id, content: { error }, status: 'error' });
  await redis.xadd(sent!.returnStream!, '*', 'data', said(sent!.entryId, 'no GPU'));
  await redis.xadd(`${of.stream}.errors`, '*', 'data', said(silent!.entryId, 'no disk'));
  await all.tend(of, atOnce);
  expect((await all.deadLetters.list(of)).items.map(({ error }) => error.split(';')[0])).toEqual(['no GPU', 'no disk']);
});

test('an entry that neb did not send is kept as it is, and comes back as it was', async () => {
  await redis.xadd(of.stream, '*', 'text', Buffer.from([0xff, 0x00]), 'text', 'twice');
  for (let n = 0; n < 2; n++) await (n === 0 ? read(1) : claimAll('c'));
  await all.tend(of, atOnce);
  expect(await all.deadLetters.replay(of, 'all')).toBe(1);
  expect(await redis.xrangeBuffer(of.stream, '-', '+', 'COUNT', 1)).toEqual([[expect.any(Buffer), [Buffer.from('text'), Buffer.from([0xff, 0x00]), Buffer.from('text'), Buffer.from('twice')]]]);
});

test('a replayed message is answered afresh under its own id, and one that is gone is replayed by nobody', async () => {
  const [sent] = await all.send(of, [{ content: 1 }]);
  await read(1);
  await claimAll('c');
  await all.tend(of, atOnce);
  const { items: [letter] } = await all.deadLetters.list(of);
  expect(await Promise.all([all.deadLetters.replay(of, letter!), all.deadLetters.replay(of, letter!)])).toContain(0);
  expect((await all.pressure([of]))[0]).toMatchObject({ backlog: 1 });
  const waiting = all.answer(of, sent!.id);
  await redis.xadd(sent!.returnStream!, '*', 'data', JSON.stringify({ content: 'now', status: 'success' }));
  expect(await waiting).toMatchObject({ kind: 'done', content: 'now' });
  expect((await all.deadLetters.list(of)).items).toEqual([]);
});

test('dead letters are listed in pages, and purged one by one or all', async () => {
  await all.send(of, Array.from({ length: 25 }, (_, n) => ({ content: n })), { answer: false });
  await read(25);
  await all.tend(of, { maxAttempts: 1, visibilityMs: 0 });
  const contents: unknown[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page = await all.deadLetters.list(of, { limit: 10, cursor });
    contents.push(...page.items.map(({ content }) => content));
    cursor = page.next;
  }
  expect(contents).toEqual(Array.from({ length: 25 }, (_, n) => n));
  const { items: [letter] } = await all.deadLetters.list(of);
  expect([await all.deadLetters.purge(of, letter!), await all.deadLetters.purge(of, letter!), await all.deadLetters.purge(of, 'all')]).toEqual([1, 0, 24]);
  expect((await rejectionOf(all.deadLetters.purge(of, { id: '*' }))).code).toBe('invalid');
  expect((await rejectionOf(all.deadLetters.list(of, { cursor: '1-1 x' }))).code).toBe('invalid');
});

test('only what every group has acknowledged is trimmed: never what waits, is held, or is another group\'s', async () => {
  const other = { ...of, group: 'others' };
  await all.declare(other);
  await all.send(of, Array.from({ length: 1_000 }, (_, n) => ({ content: n })), { answer: false });
  await read(800);
  const ids = ((await redis.xpending(of.stream, of.group, '-', '+', 1_000)) as [string][]).map(([id]) => id);
  await redis.xack(of.stream, of.group, ...ids.filter((_, n) => n !== 500));
  expect((await all.tend(of, { maxAttempts: 5, visibilityMs: 60_000 })).trimmed, 'while others have not read').toBe(0);
  await all.forget(other);
  const { trimmed } = await all.tend(of, { maxAttempts: 5, visibilityMs: 60_000 });
  expect(trimmed).toBeGreaterThan(400);
  expect(trimmed).toBeLessThanOrEqual(500);
  expect((await redis.xrange(of.stream, ids[500]!, '+')).length).toBe(500);
  expect((await all.pressure([of]))[0]).toMatchObject({ backlog: 200, exact: true, pending: 1, acknowledged: 799 });
});

test('acknowledged messages can be read for a while, and are trimmed sooner where the stream is long', async () => {
  await using patient = streams({ url, keep: { acknowledgedMs: 60_000, acknowledgedMost: 500 } });
  const care = { maxAttempts: 5, visibilityMs: 60_000 };
  const work = async (count: number): Promise<void> => {
    await all.send(of, Array.from({ length: count }, () => ({ content: 1 })), { answer: false });
    await read(count);
    await redis.xack(of.stream, of.group, ...((await redis.xpending(of.stream, of.group, '-', '+', count)) as [string][]).map(([id]) => id));
  };
  await work(400);
  expect(await patient.tend(of, care)).toMatchObject({ trimmed: 0 });
  await work(400);
  expect((await patient.tend(of, care)).trimmed).toBeGreaterThanOrEqual(700);
});

test('a return stream is kept while its message is on its way, however long, and ends after it', async () => {
  await using brief = streams({ url, keep: { answerMs: 400, acknowledgedMs: 0 } });
  const [sent] = await brief.send(of, [{ content: 1 }]);
  const care = { maxAttempts: 5, visibilityMs: 60_000 };
  for (let n = 0; n < 12; n++) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    if (n === 6) await read(1);
    await brief.tend(of, care);
  }
  expect(await redis.exists(sent!.returnStream!), 'after 720 ms').toBe(1);
  await redis.xack(of.stream, of.group, sent!.entryId);
  await redis.persist(sent!.returnStream!);
  await new Promise((resolve) => setTimeout(resolve, 250));
  await brief.tend(of, care);
  expect(await redis.pttl(sent!.returnStream!)).toBeGreaterThan(0);
  expect(await redis.zcard(`${of.stream}.returns`)).toBe(0);
});

test('consumers that hold nothing and are gone are forgotten; one that holds a message is not', async () => {
  await using brief = streams({ url, keep: { consumerMs: 0 } });
  await all.send(of, [{ content: 1 }, { content: 2 }], { answer: false });
  await read(1, 'busy');
  await redis.xgroup('CREATECONSUMER', of.stream, of.group, 'gone');
  await new Promise((resolve) => setTimeout(resolve, 10));
  await brief.tend(of, { maxAttempts: 5, visibilityMs: 60_000 });
  expect((await all.pressure([of]))[0]!.consumers.map(({ name }) => name)).toEqual(['busy']);
});
