import { rejectionOf } from '@neb/core-types/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ground } from '../test/ground.ts';
import { streams } from './streams.ts';
import { worker, type Worker } from './worker/worker.ts';
import type { Handler } from './worker/handling.ts';

const of = { stream: 'shop:work', group: 'workers' };
const { redis, url, all } = await ground([of]);
const working = (handler: Handler<unknown>): Worker => worker({ url, ...of, stopOn: [], concurrency: 50 }, handler);
const many = Array.from({ length: 500 }, (_, n) => ({ content: n }));
const feeds = async (): Promise<string[]> => await redis.keys(`${of.stream}.return.feed.*`);

test('what is told in one stream for all lies in each return stream too, and can be asked for again, and elsewhere', async () => {
  await using _one = working(({ content }) => ({ got: content }));
  await using other = streams({ url });
  const sent = await all.send(of, many);
  const contents = many.map(({ content }) => ({ got: content }));
  expect((await Promise.all(sent.map(async ({ id }) => await all.answer(of, id)))).map(({ content }) => content)).toEqual(contents);
  for (const asked of [all, other]) expect((await Promise.all(sent.map(async ({ id }) => await asked.answer(of, id)))).map(({ content }) => content)).toEqual(contents);
  const [feed, ...more] = await feeds();
  expect(more).toEqual([]);
  expect(await redis.pttl(feed!)).toBeGreaterThan(0);
  expect(await redis.xlen(sent[0]!.returnStream!)).toBe(1);
});

test('workers that know nothing of it, workers that do, and lost news: every answer comes', async () => {
  const sent = await all.send(of, many);
  const waiting = Promise.all(sent.map(async ({ id }) => await all.answer(of, id)));
  await using _one = working(async ({ content }) => {
    if (Number(content) % 50 === 0) await redis.del('none', ...(await feeds()));
    await sleep(1);
    return 'ours';
  });
  for (const { returnStream } of sent.slice(-100)) await redis.xadd(returnStream!, '*', 'data', 'theirs');
  const got = (await waiting).map(({ content }) => content);
  expect(got.slice(0, 400)).toEqual(Array.from({ length: 400 }, () => 'ours'));
  expect(new Set(got.slice(-100))).toContain('theirs');
});

test('long answers, chunks and failures come whole, however many wait', async () => {
  const long = 'x'.repeat(10_000);
  await using _one = worker({ url, ...of, stopOn: [], concurrency: 50, maxAttempts: 1 }, ({ content }) => {
    if (Number(content) % 3 === 0) return long;
    if (Number(content) % 3 === 1) throw new Error('no GPU');
    return ['a', 'b'].values();
  });
  const sent = await all.send(of, many.slice(0, 120));
  const got = await Promise.all(sent.map(async ({ id }) => await all.answer(of, id)));
  got.forEach((answer, n) => expect(answer).toMatchObject([{ kind: 'done', content: long, chunks: [] }, { kind: 'failed', message: 'no GPU' }, { kind: 'done', content: null, chunks: ['a', 'b'] }][n % 3]!));
});

test('answers that came before anybody asked are told, and two may ask at one time', async () => {
  await using _one = working(({ content }) => content);
  const before = await all.send(of, many.slice(0, 20));
  await all.answer(of, before[19]!.id);
  const sent = await all.send(of, many.slice(0, 20));
  await expect.poll(async () => await Promise.all(sent.map(async ({ returnStream }) => await redis.xlen(returnStream!)))).toEqual(sent.map(() => 1));
  const twice = await Promise.all([...sent, ...sent, ...before].map(async ({ id }) => (await all.answer(of, id)).content));
  expect(twice).toEqual([...many.slice(0, 20), ...many.slice(0, 20), ...many.slice(0, 20)].map(({ content }) => content));
});

test('many wait no longer than they said, and what is not kept any more is told', async () => {
  const sent = await all.send(of, many.slice(0, 40));
  const late = sent.slice(0, 20).map(async ({ id }) => (await rejectionOf(all.answer(of, id, { timeoutMs: 1_300 }))).code);
  const stop = new AbortController();
  const stopped = sent.slice(20, 39).map(async ({ id }) => await all.answer(of, id, { signal: stop.signal }).catch((error: unknown) => error));
  const gone = rejectionOf(all.answer(of, sent[39]!.id));
  await redis.del(sent[39]!.returnStream!);
  stop.abort('enough');
  expect(new Set(await Promise.all(stopped))).toEqual(new Set(['enough']));
  expect((await gone).code).toBe('expired');
  expect(new Set(await Promise.all(late))).toEqual(new Set(['timeout']));
});

test('a message that a stranger sent, of whatever id, and effects of half a character, hold up none beside them', async () => {
  const ids = ['half \ud800', 'two words', 'two\nlines', 'äöü', 'plain'];
  for (const [n, id] of ids.entries()) await redis.xadd(of.stream, '*', 'data', JSON.stringify({ id, content: n, return_stream: `${of.stream}.return.${n}`, feed: 'theirs' }));
  const sent = await all.send(of, many.slice(0, 50));
  await using _one = working(({ content }, { effect, key }) => {
    effect('HINCRBY', key('half \ud800'), String(content), 1);
    return content;
  });
  expect((await Promise.all(sent.map(async ({ id }) => await all.answer(of, id)))).map(({ content }) => content)).toEqual(many.slice(0, 50).map(({ content }) => content));
  await expect.poll(async () => await Promise.all(ids.map(async (_, n) => await redis.xlen(`${of.stream}.return.${n}`)))).toEqual(ids.map(() => 1));
  expect(await redis.hgetall(`${of.stream}.state.half \ufffd`)).toEqual(Object.fromEntries(many.slice(0, 50).map((_, n) => [String(n), n < ids.length ? '2' : '1'])));
});

test('of twice as many messages as a batch has, some of which are done elsewhere meanwhile, each takes effect once', async () => {
  const sent = await all.send(of, many.slice(0, 200));
  await using _one = working(async ({ content, entryId }, { effect, key }) => {
    effect('HINCRBY', key('effects'), String(content), 1);
    if (Number(content) % 7 === 0) await redis.call('XCLAIM', of.stream, of.group, 'other', 0, entryId);
    return content;
  });
  const stays = sent.filter((_, n) => n % 7 !== 0);
  await Promise.all(stays.map(async ({ id }) => await all.answer(of, id)));
  expect(await redis.hgetall(`${of.stream}.state.effects`)).toEqual(Object.fromEntries(sent.flatMap((_, n) => (n % 7 === 0 ? [] : [[String(n), '1']]))));
  expect(((await redis.xpending(of.stream, of.group, '-', '+', 999)) as string[][]).map(([id, consumer]) => [id, consumer])).toEqual(sent.flatMap(({ entryId }, n) => (n % 7 === 0 ? [[entryId, 'other']] : [])));
});
