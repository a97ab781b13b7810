import { isNebError, NebError } from '@neb/core-types';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Harness, harness } from '../../test/harness.ts';

const ref = { name: 'translator' };
const at = '2026-11-24T08:00:01.000Z';
const schema = [{ name: 'text', type: 'string', required: true }];

async function made(): Promise<Harness> {
  const opened = await harness();
  await opened.neb.processors.create({ metadata: ref, container: { image: 'busybox' }, min_workers: 0, schema });
  return opened;
}

async function collected<T>(from: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of from) all.push(each);
  return all;
}

test('a processor is created, read, listed, scaled, explained and deleted', async () => {
  const { neb } = await made();
  const created = await neb.processors.get(ref);
  expect(created).toMatchObject({ kind: 'Processor', metadata: { namespace: 'alice' }, min_replicas: 0, status: { stream: 'processor:alice:translator' } });
  expect(created.status).not.toHaveProperty('scaling');
  expect(await neb.processors.list().all()).toEqual([created]);
  expect(await neb.processors.scale(ref, 3)).toMatchObject({ status: { pinned: 3 } });
  expect((await neb.processors.scale(ref, 'auto')).status).not.toHaveProperty('pinned');
  expect(await neb.processors.explain(ref)).toMatchObject({ policy: { max: 10 }, replicas: [{ name: 'translator-1' }], decision: { desired: 1 } });
  expect((await neb.processors.explain(ref)).processor.status).not.toHaveProperty('scaling');
  await neb.processors.delete(ref);
  expect(await neb.processors.list().all()).toEqual([]);
});

test('a watch shows its changes, without what the autoscaler remembers', async () => {
  const { neb, client } = await made();
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const changes = client({}).processors.watch({}, { signal: stop.signal })[Symbol.asyncIterator]();
  const next = changes.next();
  await neb.containers.create({ metadata: { name: 'other' }, image: 'x' });
  await neb.processors.scale(ref, 2);
  // Whatever the watch was in time for, the latest comes.
  const { value } = await next;
  expect(value).toMatchObject({ do: 'changed', object: { kind: 'Processor' } });
  expect(JSON.stringify(value)).not.toContain('upSince');
});

test('its health is what a worker says, which is waited for as long as is asked', async () => {
  const { neb, processors: { health, waits } } = await made();
  await expect(neb.processors.health(ref, { waitMs: 5 })).rejects.toMatchObject({ code: 'timeout', message: expect.stringContaining('within 5 ms') });
  const said = { status: 'error', message: 'no GPU', details: { driver: null } };
  health.push(said);
  expect(await neb.processors.health(ref)).toEqual(said);
  expect(waits).toEqual([5, 30_000]);
});

describe('sending', () => {
  test('puts messages into the stream, in order and each key once', async () => {
    const { neb, processors: { messages } } = await made();
    const first = await neb.processors.send(ref, { text: 'a' }, { key: 'k' });
    expect(first).toEqual({ message_id: 'm0', stream_id: '0-0', return_stream: 'processor:alice:translator.return.m0' });
    expect(await neb.processors.sendAll(ref, [{ content: { text: 'b' } }, { content: { text: 'a' }, key: 'k' }])).toMatchObject([{ message_id: 'm1' }, first]);
    expect(messages.map(({ content }) => content)).toEqual([{ text: 'a' }, { text: 'b' }]);
  });

  test('sends none where one does not fit, and says which', async () => {
    const { neb, processors: { messages } } = await made();
    await expect(neb.processors.sendAll(ref, [{ content: { text: 'a' } }, { content: {} }])).rejects.toMatchObject({ code: 'invalid', details: { problems: [{ path: [1, 'text'] }] } });
    await expect(neb.processors.sendAll(ref, [])).rejects.toMatchObject({ code: 'invalid', message: 'the request is not valid: messages: needs at least one message' });
    await expect(neb.processors.sendAll(ref, Array.from({ length: 1_001 }, () => ({ content: { text: 'a' } })))).rejects.toMatchObject({ message: 'the request is not valid: messages: takes at most 1,000 messages at once' });
    expect(messages).toEqual([]);
  });

  test('is tried again where it was cut off and has a key, and is uncertain where it has none', async () => {
    const { neb, services, server, processors: { messages } } = await made();
    const { send } = services.processors;
    let cuts = 2;
    Object.assign(services.processors, { send: async (...call: Parameters<typeof send>) => {
      const sent = await send(...call);
      if (cuts-- > 0) server.cut();
      return sent;
    } });
    await expect(neb.processors.send(ref, { text: 'a' })).rejects.toMatchObject({ code: 'uncertain' });
    expect(await neb.processors.send(ref, { text: 'b' }, { key: 'k' })).toMatchObject({ message_id: 'm1' });
    expect(messages.map(({ content }) => content)).toEqual([{ text: 'a' }, { text: 'b' }]);
  });
});

describe('an answer', () => {
  test('is waited for until it is whole', async () => {
    const { neb, processors: { answers, waits } } = await made();
    for (const [status, content] of [['stream', 'Hello'], ['stream', ' World'], ['success', null]] as const) answers.push({ message_id: 'm0', status, content, at });
    expect(await neb.processors.ask(ref, { text: 'a' }, { waitMs: 5_000 })).toEqual({ message_id: 'm0', content: null, chunks: ['Hello', ' World'] });
    expect(waits).toEqual([5_000]);
    await expect(neb.processors.ask(ref, { text: 'b' }, { waitMs: 0, key: 'k' })).rejects.toMatchObject({ code: 'timeout' });
  });

  test.each([
    [{ error: 'no such tongue', traceback: 'at line 1' }, 'no such tongue'],
    ['no such tongue', 'no such tongue'],
    [{ code: 7 }, '{"code":7}'],
    [null, 'null'],
  ])('that is the error %j rejects with the worker\'s words', async (content, words) => {
    const { neb, processors: { answers } } = await made();
    answers.push({ message_id: 'm0', status: 'error', content, at });
    answers.push({ message_id: 'm1', status: 'error', content, at });
    const error: unknown = await neb.processors.ask(ref, { text: 'a' }).catch((thrown: unknown) => thrown);
    expect(isNebError(error, 'failed') && error).toMatchObject({ message: `processor translator answered message m0 with an error: ${words}`, details: { messageId: 'm0', content } });
    await expect(collected(neb.processors.stream(ref, { text: 'a' }))).rejects.toMatchObject({ code: 'failed' });
  });

  test('comes piece by piece, over a connection that breaks', async () => {
    const { neb, server, processors: { answers } } = await made();
    const said: unknown[] = [];
    answers.push({ message_id: 'm0', status: 'stream', content: 1, at });
    for await (const piece of neb.processors.stream(ref, { text: 'a' })) {
      said.push(piece);
      if (piece === 3) continue;
      server.cut();
      answers.push({ message_id: 'm0', status: piece === 1 ? 'stream' : 'success', content: (piece as number) + 1, at });
    }
    expect(said).toEqual([1, 2, 3]);
  });

  test('without pieces is one, and an empty end is none', async () => {
    const { neb, processors: { answers } } = await made();
    answers.push({ message_id: 'm0', status: 'success', content: { text: 'A' }, at });
    for (const [status, content] of [['stream', null], ['success', null]] as const) answers.push({ message_id: 'm1', status, content, at });
    expect(await collected(neb.processors.stream(ref, { text: 'a' }))).toEqual([{ text: 'A' }]);
    expect(await collected(neb.processors.stream(ref, { text: 'a' }))).toEqual([null]);
  });

  test('to a message that was sent before is followed from any piece on', async () => {
    const { neb, processors: { answers } } = await made();
    await neb.processors.send(ref, { text: 'a' });
    for (const status of ['stream', 'stream', 'success'] as const) answers.push({ message_id: 'm0', status, content: status, at });
    expect((await collected(neb.processors.answers(ref, 'm0'))).map(({ position, status }) => [position, status])).toEqual([['p1', 'stream'], ['p2', 'stream'], ['p3', 'success']]);
    expect(await collected(neb.processors.answers(ref, 'm0', { after: 'p2' }))).toHaveLength(1);
    expect(await neb.processors.answer(ref, 'm0')).toEqual({ message_id: 'm0', content: 'success', chunks: ['stream', 'stream'] });
  });

  test('that breaks off for good is no answer', async () => {
    const { neb, services } = await made();
    Object.assign(services.processors, { async *answers() {} });
    await expect(neb.processors.ask(ref, { text: 'a' })).rejects.toMatchObject({ code: 'unavailable' });
    const expired = new NebError('expired', 'it is no longer kept');
    Object.assign(services.processors, { answers: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(expired) }) }) });
    await expect(collected(neb.processors.stream(ref, { text: 'a' }))).rejects.toMatchObject({ code: 'expired' });
  });
});

test('messages are read newest first, page after page', async () => {
  const { neb } = await made();
  await neb.processors.sendAll(ref, ['a', 'b', 'c'].map((text) => ({ content: { text } })));
  expect((await neb.processors.read(ref, { limit: 2 })).items.map(({ message_id }) => message_id)).toEqual(['m2', 'm1']);
  expect((await neb.processors.read(ref, { limit: 2 }).all()).map(({ message_id }) => message_id)).toEqual(['m2', 'm1', 'm0']);
});

test('dead letters are listed, replayed and purged, one or all', async () => {
  const { neb, processors: { dead } } = await made();
  for (const id of ['d1', 'd2', 'd3', 'd4']) dead.push({ id, stream_id: id, content: {}, at, error: 'broken', attempts: 5, died_at: at });
  expect((await neb.processors.deadLetters.list(ref, { limit: 1 }).all()).map(({ id }) => id)).toEqual(['d4', 'd3', 'd2', 'd1']);
  expect(await neb.processors.deadLetters.replay(ref, { id: 'd1' })).toBe(1);
  expect(await neb.processors.deadLetters.purge(ref, { id: 'd2' })).toBe(1);
  expect(await neb.processors.deadLetters.purge(ref, { id: 'd2' })).toBe(0);
  expect(await neb.processors.deadLetters.replay(ref)).toBe(2);
});
