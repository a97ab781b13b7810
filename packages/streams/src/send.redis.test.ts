import { rejectionOf } from '@neb/core-types/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ground } from '../test/ground.ts';
import type { Answer } from './envelope.ts';
import { streams } from './streams.ts';

const of = { stream: 'shop:work', group: 'workers' };
const server = await ground([of], { keeps: true });
const { redis, url, all } = server;

/** Answers as the original's worker does: its `id` is the entry's, its time is text. */
const python = async (stream: string, said: object): Promise<unknown> => await redis.xadd(stream, '*', 'data', JSON.stringify({ id: '1-1', created_at: '2026-01-01T00:00:00.000001', user_id: null, ...said }));

test('a message is what the original reads, without any key of the caller', async () => {
  const [sent] = await all.send(of, [{ content: { text: 'ä' }, userId: 'ada@example.com', orgs: { acme: 'owner' }, handle: 'ada', adapter: 'processor:p1' }]);
  const [[, fields]] = (await redis.xrange(of.stream, '-', '+')) as [[string, string[]]];
  expect(fields).toEqual(['data', expect.any(String)]);
  expect(JSON.parse(fields[1]!)).toEqual({
    kind: 'StreamMessage', id: sent!.id, content: { text: 'ä' }, created_at: expect.any(Number), return_stream: `shop:work.return.${sent!.id}`, feed: expect.any(String),
    user_id: 'ada@example.com', orgs: { acme: 'owner' }, handle: 'ada', adapter: 'processor:p1',
  });
});

test('its return stream is there, empty and with an end, before it is', async () => {
  const [sent] = await all.send(of, [{ content: 1 }]);
  expect(await redis.xlen(sent!.returnStream!)).toBe(0);
  expect(await redis.pttl(sent!.returnStream!)).toBeGreaterThan(3_000_000);
  const [silent] = await all.send(of, [{ content: 1 }], { answer: false });
  expect(silent).not.toHaveProperty('returnStream');
});

test('many messages keep their order, and each has its own ids', async () => {
  const sent = await all.send(of, Array.from({ length: 1_234 }, (_, n) => ({ content: n })));
  const { items } = await all.messages(of, { limit: 1_000 });
  expect(items.map(({ content }) => content)).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
  expect(items.map(({ id, entryId }) => [id, entryId])).toEqual(sent.slice(0, 1_000).map(({ id, entryId }) => [id, entryId]));
  expect(new Set(sent.map(({ id }) => id)).size).toBe(1_234);
});

test('many messages keep their order, each once, however often the connection breaks', async () => {
  await using flaky = streams({ url });
  const cutting = setInterval(() => void redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'), 40);
  const sent = await flaky.send(of, Array.from({ length: 3_000 }, (_, n) => ({ content: n })));
  clearInterval(cutting);
  const entries = (await redis.xrange(of.stream, '-', '+')) as [string, string[]][];
  expect(entries.map(([, [, data]]) => (JSON.parse(data!) as { content: number }).content)).toEqual(Array.from({ length: 3_000 }, (_, n) => n));
  expect(entries.map(([id]) => id)).toEqual(sent.map(({ entryId }) => entryId));
});

test('a used idempotency key sends nothing and tells what the first had made', async () => {
  const [first] = await all.send(of, [{ content: 1, idempotencyKey: 'order 7' }]);
  const again = await Promise.all(Array.from({ length: 20 }, async () => await all.send(of, [{ content: 2, idempotencyKey: 'order 7' }])));
  expect(again.flat()).toEqual(Array.from({ length: 20 }, () => ({ ...first, repeated: true })));
  expect(await redis.xlen(of.stream)).toBe(1);
});

test('a batch whose reply was lost is in the stream once', async () => {
  await using flaky = streams({ url });
  await flaky.declare(of);
  const cutting = setInterval(() => void redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'), 3);
  const sent = await Promise.all(Array.from({ length: 200 }, async (_, n) => {
    await sleep(n * 2);
    return await flaky.send(of, [{ content: n }]);
  }));
  clearInterval(cutting);
  const { items } = await all.messages(of, { limit: 1_000 });
  expect(items.map(({ content }) => Number(content)).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n));
  expect(new Set(items.map(({ entryId }) => entryId))).toEqual(new Set(sent.flat().map(({ entryId }) => entryId)));
});

test('an answer that was faster than the question is not lost', async () => {
  const [sent] = await all.send(of, [{ content: 1 }]);
  await python(sent!.returnStream!, { kind: 'StreamResponseMessage', content: { ok: true }, status: 'success' });
  expect(await all.answer(of, sent!.id)).toMatchObject({ kind: 'done', content: { ok: true } });
  expect(await all.answer(of, sent!.id), 'asked again').toMatchObject({ kind: 'done' });
  await expect.poll(async () => await redis.pttl(sent!.returnStream!)).toBeLessThanOrEqual(60_000);
});

test('chunks come as they are written, each once though their worker began anew, and can be gone on with', async () => {
  const [sent] = await all.send(of, [{ content: 1 }]);
  const got: Answer[] = [];
  const reading = (async () => {
    for await (const answer of all.answers(of, sent!.id)) got.push(answer);
  })();
  for (const [n, content] of [[0, 'a'], [1, 'b'], [0, 'a'], [1, 'b'], [2, 'c']] as const) await python(sent!.returnStream!, { kind: 'StreamChunkMessage', id: `1-1:${n}`, content, status: 'stream' });
  await python(sent!.returnStream!, { kind: 'StreamResponseMessage', content: null, status: 'success' });
  await reading;
  expect(got.map(({ kind, content }) => [kind, content])).toEqual([['chunk', 'a'], ['chunk', 'b'], ['chunk', 'c'], ['done', null]]);
  const rest: unknown[] = [];
  for await (const { content } of all.answers(of, sent!.id, { after: got[1]!.entryId })) rest.push(content);
  expect(rest).toEqual(['c', null]);
});

test('an error of the original\'s worker is told in its words', async () => {
  const [sent] = await all.send(of, [{ content: 1 }]);
  await python(sent!.returnStream!, { kind: 'StreamResponseMessage', content: { error: 'no GPU', traceback: '…' }, status: 'error' });
  expect(await all.answer(of, sent!.id)).toMatchObject({ kind: 'failed', message: 'no GPU' });
});

test('waiting ends at its time, when it is aborted, and where no answer is kept', async () => {
  const [sent] = await all.send(of, [{ content: 1 }]);
  expect((await rejectionOf(all.answer(of, sent!.id, { timeoutMs: 30 }))).code).toBe('timeout');
  const stop = new AbortController();
  const waiting = all.answer(of, sent!.id, { signal: stop.signal });
  setTimeout(() => stop.abort(new Error('enough')), 20);
  await expect(waiting).rejects.toThrow('enough');
  await redis.del(sent!.returnStream!);
  expect((await rejectionOf(all.answer(of, sent!.id))).code).toBe('expired');
});

test('a thousand wait at one time over one connection', async () => {
  const sent = await all.send(of, Array.from({ length: 1_000 }, (_, n) => ({ content: n })));
  const waiting = Promise.all(sent.map(async ({ id }) => await all.answer(of, id)));
  for (const [n, { returnStream }] of sent.entries()) void python(returnStream!, { kind: 'StreamResponseMessage', content: n, status: 'success' });
  expect((await waiting).map(({ content }) => content)).toEqual(sent.map((_, n) => n));
  expect(Number(/connected_clients:(\d+)/.exec(await redis.info('clients'))![1])).toBeLessThan(10);
});

test.for([
  ['a stream of another shape of name', { stream: 'a b', group: 'g' }, /cannot be a stream/],
  ["a stream that would be another's key", { stream: 'a.return.x', group: 'g' }, /cannot be a stream/],
  ['a pattern', { stream: 'a*', group: 'g' }, /cannot be a stream/],
  ['a group with a space', { stream: 'a', group: 'g h' }, /cannot be a consumer group/],
] as const)('%s is refused', async ([, wrong, message]) => {
  for (const call of [() => all.declare(wrong), () => all.send(wrong, [{ content: 1 }]), () => all.forget(wrong), () => all.user(wrong)]) {
    const error = await rejectionOf(call());
    expect([error.code, error.message]).toEqual(['invalid', expect.stringMatching(message)]);
  }
});

test('a message that is too large is refused with a way out', async () => {
  await using small = streams({ url, mostBytes: 1_000 });
  const error = await rejectionOf(small.send(of, [{ content: 'x'.repeat(2_000) }]));
  expect([error.code, error.hint]).toEqual(['invalid', expect.stringContaining('bucket')]);
});

test('a key that is no stream is a conflict, and a Redis that is away is unavailable', async () => {
  await redis.set('taken', 'x');
  expect((await rejectionOf(all.declare({ stream: 'taken', group: 'g' }))).code).toBe('conflict');
  await using far = streams({ url: 'redis://127.0.0.1:1', patienceMs: 100 });
  expect((await rejectionOf(far.send(of, [{ content: 1 }]))).code).toBe('unavailable');
  expect((await rejectionOf(far.pressure([of]))).code).toBe('unavailable');
});

test('what was acknowledged to the sender is there after Redis died, and what was under way is sent once it is back', async () => {
  await all.send(of, [{ content: 'before' }]);
  await server.kill();
  const sending = all.send(of, [{ content: 'while away' }]);
  await sleep(100);
  await server.start();
  await sending;
  expect((await all.messages(of)).items.map(({ content }) => content)).toEqual(['before', 'while away']);
  expect(await all.durability()).toEqual({ loses: 'nothing', keepsKeys: true });
});

test('forgetting a group leaves other groups what they have; forgetting the last leaves nothing', async () => {
  const other = { ...of, group: 'others' };
  const neighbour = { stream: `${of.stream}s`, group: 'g' };
  await all.declare(other);
  await all.send(neighbour, [{ content: 1 }]);
  await all.send(of, [{ content: 1, idempotencyKey: 'k' }]);
  await all.user(of);
  await all.forget(of);
  expect((await all.pressure([of, other]))).toEqual([undefined, expect.objectContaining({ backlog: 1 })]);
  await all.forget(other);
  await all.forget(other);
  expect((await redis.keys('*')).filter((key) => !key.startsWith(neighbour.stream) && !key.startsWith('neb.poke.'))).toEqual([]);
  expect(await redis.xlen(neighbour.stream)).toBe(1);
  expect(await redis.call('ACL', 'USERS')).toEqual(['default']);
});
