import { NebError } from '@neb/core-types';
import { rejectionOf } from '@neb/core-types/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { ground } from '../../test/ground.ts';
import { messageSchema } from '../schema/message-schema.ts';
import { workerEnv } from '../user.ts';
import type { Handler } from './handling.ts';
import type { WorkerEvent, WorkerOptions } from './options.ts';
import { type Worker, worker } from './worker.ts';

const of = { stream: 'shop:work', group: 'workers' };
const server = await ground([of], { keeps: true });
const { redis, url, port, all } = server;
const working = (handler: Handler<unknown>, more: WorkerOptions = {}): Worker => worker({ url, ...of, stopOn: [], visibilityMs: 300, retry: () => 0, ...more }, handler);
const counted = async (name: string): Promise<number> => Number((await redis.get(`${of.stream}.state.${name}`)) ?? 0);
const until = async (check: () => void | Promise<void>): Promise<void> => await vi.waitFor(check, { timeout: 10_000, interval: 10 });

test('a handler gets the message, and what it returns is the answer', async () => {
  await using _one = working((message, { attempt }) => ({ ...message, attempt }));
  const [sent] = await all.send(of, [{ content: { a: 1 }, idempotencyKey: 'k', userId: 'ada', deadline: '2999-01-01T00:00:00Z' }]);
  expect((await all.answer(of, sent!.id)).content).toEqual({
    id: sent!.id, entryId: sent!.entryId, content: { a: 1 }, idempotencyKey: 'k', userId: 'ada', deadline: '2999-01-01T00:00:00Z', sentAt: expect.any(String), attempt: 1,
  });
});

test.for([
  ['plain fields', ['text', 'hello'], { text: 'hello' }],
  ['JSON without an envelope', ['data', '[1,2]'], [1, 2]],
  ['text that is no JSON', ['data', 'hello'], 'hello'],
  ['a message within a message', ['data', JSON.stringify({ id: 'x', content: { kind: 'StreamMessage', id: 'y', content: 7 } })], 7],
] as const)('%s are content too', async ([, fields, content]) => {
  const got: unknown[] = [];
  await using _one = working((message) => void got.push(message.content));
  await redis.xadd(of.stream, '*', ...fields);
  await until(() => expect(got).toEqual([content]));
  await until(async () => expect((await all.pressure([of]))[0]).toMatchObject({ pending: 0, acknowledged: 1 }));
});

test('as many messages are in hand as concurrency says, and no more', async () => {
  let [now, most] = [0, 0];
  await using _one = working(async () => {
    most = Math.max(most, ++now);
    await sleep(10);
    now -= 1;
  }, { concurrency: 7 });
  const sent = await all.send(of, Array.from({ length: 60 }, () => ({ content: 1 })));
  await Promise.all(sent.map(async ({ id }) => await all.answer(of, id)));
  expect(most).toBe(7);
});

test('a handler may take longer than visibility: nobody else gets its message while its worker lives', async () => {
  const attempts: number[] = [];
  const slow: Handler<unknown> = async (_message, { attempt, signal }) => {
    attempts.push(attempt);
    await sleep(1_500, undefined, { signal });
  };
  await using _one = working(slow);
  await using _two = working(slow);
  const [sent] = await all.send(of, [{ content: 1 }]);
  expect((await all.answer(of, sent!.id)).kind).toBe('done');
  expect(attempts).toEqual([1]);
});

test('who lost a message to another is told, and what it does then counts for nothing', async () => {
  const events: WorkerEvent[] = [];
  const reasons: unknown[] = [];
  await using _one = working(async (message, { effect, key, signal }) => {
    effect('INCR', key('count'));
    // Another takes it, as after this worker was stopped for long.
    await redis.call('XCLAIM', of.stream, of.group, 'other', 0, message.entryId);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    reasons.push(signal.reason);
  }, { onEvent: (event) => events.push(event) });
  await all.send(of, [{ content: 1 }]);
  await until(() => expect(events).toEqual([expect.objectContaining({ is: 'lost', attempt: 1 })]));
  expect(String(reasons[0])).toContain('another worker has the message');
  expect(await counted('count')).toBe(0);
  expect(((await redis.xpending(of.stream, of.group, '-', '+', 9)) as string[][]).map(([, consumer]) => consumer)).toEqual(['other']);
});

test('what a dead worker held is done by another, as its next attempt', async () => {
  const [sent] = await all.send(of, [{ content: 1 }]);
  await redis.call('XREADGROUP', 'GROUP', of.group, 'dead', 'STREAMS', of.stream, '>');
  await using _one = working((_message, { attempt }) => attempt);
  expect((await all.answer(of, sent!.id)).content).toBe(2);
});

test('a failed message is tried again, and its effect happens once', async () => {
  await using _one = working((_message, { attempt, effect, key }) => {
    effect('INCR', key('count'));
    if (attempt < 3) throw new Error(`not yet ${attempt}`);
    return attempt;
  });
  const [sent] = await all.send(of, [{ content: 1 }]);
  expect(await all.answer(of, sent!.id)).toMatchObject({ kind: 'done', content: 3 });
  expect(await counted('count')).toBe(1);
  expect(await redis.exists(`${of.stream}.tried.${of.group}`)).toBe(0);
});

test('after its last attempt a message is in the dead letters with its error, and whoever waits is told', async () => {
  await using _one = working((_message, { attempt }) => { throw new Error(`bad ${attempt}`); }, { maxAttempts: 3 });
  const [sent, silent] = [...(await all.send(of, [{ content: 'x' }])), ...(await all.send(of, [{ content: 'y' }], { answer: false }))];
  expect(await all.answer(of, sent!.id)).toMatchObject({ kind: 'failed', message: 'bad 3' });
  await until(async () => expect((await all.deadLetters.list(of)).items.map(({ error, attempts, messageId }) => [error, attempts, messageId]).toSorted()).toEqual([['bad 3', 3, sent!.id], ['bad 3', 3, silent!.id]].toSorted()));
  expect(await redis.xrange(`${of.stream}.errors`, '-', '+')).toEqual([[expect.any(String), ['data', expect.stringContaining('bad 3')]]]);
});

test('a message that kills its workers is given up with what was known of it', async () => {
  await all.send(of, [{ content: 1 }]);
  let first = true;
  const dying = working(() => {
    if (!first) return undefined;
    first = false;
    throw new Error('ran out of memory');
  }, { maxAttempts: 2, retry: () => 250 });
  await until(async () => expect(await redis.exists(`${of.stream}.tried.${of.group}`)).toBe(1));
  await dying.stop();
  await sleep(300);
  await redis.xautoclaim(of.stream, of.group, 'dies', 0, '0');
  await sleep(320);
  await using _one = working(() => undefined, { maxAttempts: 2 });
  await until(async () => expect((await all.deadLetters.list(of)).items).toEqual([expect.objectContaining({ attempts: 2, error: 'ran out of memory; then dies took it and did not acknowledge it' })]));
});

test.for([
  ['an error that says that trying again does not help', () => { throw new NebError('invalid', 'no such language'); }, 'no such language'],
  ['content that does not fit', undefined, '$.text is missing'],
] as const)('%s is not tried again', async ([, handler, error]) => {
  await using _one = worker({ url, ...of, stopOn: [], visibilityMs: 300, retry: handler ? undefined : () => 0 }, messageSchema({ schema: [{ name: 'text', type: 'string', required: !handler }] }), handler ?? (() => 'never'));
  const [sent] = await all.send(of, [{ content: {} }]);
  expect((await all.answer(of, sent!.id))).toMatchObject({ kind: 'failed', message: expect.stringContaining(error) });
  expect((await all.deadLetters.list(of)).items[0]).toMatchObject({ attempts: 1 });
});

test("a schema of Zod makes the handler's content, and says where content does not fit", async () => {
  await using _one = worker({ url, ...of, stopOn: [] }, z.object({ at: z.string().transform((text) => new Date(text)) }), ({ content }) => content.at.getTime());
  const [good, bad] = await all.send(of, [{ content: { at: '1970-01-01T00:00:01Z' } }, { content: { at: 5 } }]);
  expect(await all.answer(of, good!.id)).toMatchObject({ content: 1_000 });
  expect(await all.answer(of, bad!.id)).toMatchObject({ kind: 'failed', message: expect.stringContaining('$.at') });
});

test('one message that came in two entries takes effect once', async () => {
  await using _one = working((_message, { effect, key }) => effect('INCR', key('count')));
  await all.send(of, [{ content: 1 }]);
  await until(async () => expect(await counted('count')).toBe(1));
  const [[, fields]] = (await redis.xrange(of.stream, '-', '+')) as [[string, string[]]];
  await redis.xadd(of.stream, '*', ...fields);
  await until(async () => expect((await all.pressure([of]))[0]).toMatchObject({ backlog: 0, pending: 0, acknowledged: 2 }));
  expect(await counted('count')).toBe(1);
});

test('an effect that Redis refuses fails the message; where a part of it has happened, it is not tried again', async () => {
  await redis.set(`${of.stream}.state.text`, 'no number');
  await using _one = working((message, { effect, key }) => {
    if (message.content === 'half') effect('INCR', key('count'));
    effect('INCR', key('text'));
  }, { maxAttempts: 2 });
  const [whole, half] = await all.send(of, [{ content: 'whole' }, { content: 'half' }]);
  expect(await all.answer(of, whole!.id)).toMatchObject({ kind: 'failed', message: expect.stringContaining('not an integer') });
  expect(await all.answer(of, half!.id)).toMatchObject({ kind: 'failed', message: expect.stringContaining('the effects before it have happened') });
  expect((await all.deadLetters.list(of)).items.map(({ content, attempts }) => [content, attempts]).toSorted()).toEqual([['half', 1], ['whole', 2]]);
  expect(await counted('count')).toBe(1);
});

test('a generator answers in chunks, with the error where it ends in one', async () => {
  await using _one = working(async function* (message) {
    yield 'a';
    await sleep(5);
    yield 'b';
    if (message.content === 'bad') throw new Error('broke off');
  }, { maxAttempts: 1 });
  const [good, bad] = await all.send(of, [{ content: 'good' }, { content: 'bad' }]);
  expect(await all.answer(of, good!.id)).toMatchObject({ kind: 'done', content: null, chunks: ['a', 'b'] });
  expect(await all.answer(of, bad!.id)).toMatchObject({ kind: 'failed', message: 'broke off', chunks: ['a', 'b'] });
});

test('a message is not worked on after its deadline, nor longer', async () => {
  const seen: unknown[] = [];
  const [late] = await all.send(of, [{ content: 'late', deadline: '2000-01-01T00:00:00Z' }]);
  await using _one = working(async (message, { signal }) => {
    seen.push(message.content);
    await sleep(60_000, undefined, { signal });
  });
  const [slow] = await all.send(of, [{ content: 'slow', deadline: new Date(Date.now() + 300).toISOString() }]);
  expect(await all.answer(of, late!.id)).toMatchObject({ kind: 'failed', message: expect.stringContaining('deadline') });
  expect(await all.answer(of, slow!.id)).toMatchObject({ kind: 'failed', message: expect.stringContaining('deadline') });
  expect(seen).toEqual(['slow']);
  expect((await all.deadLetters.list(of)).items).toEqual([]);
});

test('a worker that is told to stop takes nothing more, finishes what it has, and leaves nothing behind', async () => {
  const stop = new AbortController();
  let begun = 0;
  const mine = working(async () => {
    begun += 1;
    await sleep(200);
    return 'finished';
  }, { concurrency: 2, signal: stop.signal });
  const sent = await all.send(of, Array.from({ length: 10 }, () => ({ content: 1 })));
  await until(() => expect(begun).toBe(2));
  stop.abort();
  await mine.done;
  expect(begun).toBe(2);
  expect(await all.answer(of, sent[1]!.id)).toMatchObject({ content: 'finished' });
  expect((await all.pressure([of]))[0]).toMatchObject({ backlog: 8, pending: 0, acknowledged: 2 });
});

test('a sender cannot have a worker write to a stream of its choice', async () => {
  await using _one = working(() => 'secret');
  await redis.xadd(of.stream, '*', 'data', JSON.stringify({ id: 'x', content: 1, return_stream: 'elsewhere' }));
  await until(async () => expect((await all.pressure([of]))[0]).toMatchObject({ acknowledged: 1 }));
  expect(await redis.exists('elsewhere')).toBe(0);
});

test('a group that was lost is made again, and what was done before takes no effect again', async () => {
  await using _one = working((_message, { effect, key }) => effect('INCR', key('count')));
  await all.send(of, Array.from({ length: 50 }, () => ({ content: 1 })));
  await until(async () => expect(await counted('count')).toBe(50));
  await redis.xgroup('DESTROY', of.stream, of.group);
  await all.send(of, [{ content: 1 }]);
  await until(async () => expect(await counted('count')).toBe(51));
  await until(async () => expect((await all.pressure([of]))[0]).toMatchObject({ backlog: 0, pending: 0 }));
  expect(await counted('count')).toBe(51);
});

test('a worker outlives Redis, which comes back without its user until it is made again', async () => {
  const user = await all.user(of);
  const events: string[] = [];
  await using _one = worker({ env: workerEnv(of, user, { host: '127.0.0.1', port }), stopOn: [], onEvent: ({ is }) => events.push(is) }, (_message, { effect, key }) => effect('INCR', key('count')));
  const [first] = await all.send(of, [{ content: 1 }]);
  await all.answer(of, first!.id);
  await server.kill();
  await sleep(100);
  await server.start();
  const [second] = await all.send(of, [{ content: 2 }]);
  await sleep(300);
  expect(await counted('count')).toBe(1);
  await all.user(of, { password: user.password });
  await all.answer(of, second!.id);
  expect(await counted('count')).toBe(2);
  expect(events).toEqual(['away', 'back']);
});

test('workers tell how they are', async () => {
  let well = true;
  await using _one = working(() => undefined, { health: () => {
    if (!well) throw new Error('no GPU');
    return { status: 'ok', message: 'warm' };
  } });
  expect(await all.health(of)).toEqual({ status: 'ok', message: 'warm' });
  well = false;
  expect(await all.health(of)).toEqual({ status: 'error', message: 'no GPU' });
});

test('nobody says how he is where there is no worker, and a worker without a stream says what it needs', async () => {
  expect((await rejectionOf(all.health(of, { timeoutMs: 50 }))).code).toBe('timeout');
  expect(() => worker({ env: { REDIS_URL: url } }, () => undefined)).toThrow('a worker needs stream');
  expect(() => worker({ env: { REDIS_URL: url, REDIS_STREAM: 'a', REDIS_CONSUMER_GROUP: 'g', NEB_MAX_ATTEMPTS: 'many' } }, () => undefined)).toThrow('NEB_MAX_ATTEMPTS must be a whole number');
});
