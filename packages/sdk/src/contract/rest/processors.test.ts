import { describe, expect, test } from 'vitest';
import { type Ask, door } from '../../../test/door.ts';
import type { Harness } from '../../../test/harness.ts';
import { token } from '../../../test/server.ts';

const translator = {
  metadata: { name: 'translator', namespace: '-' }, stream: 'alice:translator', container: { image: 'busybox' }, min_workers: 1, max_workers: 3, schema: [{ name: 'text', type: 'string', required: true }],
};
const path = '/v1/processors/-/translator';
const at = '2026-11-24T08:00:01.000Z';

async function made(): Promise<Harness & { readonly ask: Ask }> {
  const opened = await door();
  await opened.ask('POST', '/v1/processors', translator);
  return opened;
}

describe('processors', () => {
  test('have the original\'s shape, without what the autoscaler remembers', async () => {
    const { ask } = await door();
    const { status, json } = await ask('POST', '/v1/processors', { ...translator, api_key: 'x', scale: null });
    expect(status).toBe(200);
    expect(json).toEqual({
      kind: 'Processor', stream: 'alice:translator', container: { kind: 'Container', image: 'busybox', restart: 'Never' }, min_replicas: 1, max_replicas: 3, schema: translator.schema,
      metadata: expect.objectContaining({ name: 'translator', namespace: 'alice', created_at: 1_795_507_200 }),
      status: { status: 'creating', stream: 'alice:translator', group: 'g1', replicas: { desired: 1, ready: 0, starting: 0, draining: 0 }, conditions: [] },
    });
    expect((await ask('GET', '/v1/processors')).json).toEqual({ processors: [json] });
    for (const known of [json.metadata.id, 'alice/translator', '-/translator']) expect((await ask('GET', `/v1/processors/${known}`)).json).toEqual(json);
    expect((await ask('GET', `${path}/explain`)).json).toMatchObject({ policy: { max: 10 }, processor: { metadata: { name: 'translator' } } });
    expect(JSON.stringify((await ask('GET', `${path}/explain`)).json)).not.toContain('upSince');
  });

  test('are changed field by field, and deleted', async () => {
    const { ask } = await made();
    expect((await ask('PATCH', path, { max_workers: 5, labels: { a: 'b' }, unknown: 1 })).json).toMatchObject({ min_replicas: 1, max_replicas: 5, metadata: { labels: { a: 'b' } } });
    expect((await ask('PATCH', path, { max_replicas: 0 })).status).toBe(422);
    expect((await ask('DELETE', path)).status).toBe(200);
    expect((await ask('GET', path)).status).toBe(404);
  });

  test('are scaled by hand, to zero too, and left to the autoscaler again', async () => {
    const { ask } = await made();
    expect((await ask('POST', `${path}/scale`, { replicas: 0, min_replicas: null })).json).toMatchObject({ min_replicas: 1, status: { pinned: 0 } });
    expect((await ask('POST', `${path}/scale`, { replicas: null, min_replicas: 2 })).json).toMatchObject({ min_replicas: 2, status: { pinned: 0 } });
    expect((await ask('POST', `${path}/scale`, { auto: true })).json.status).not.toHaveProperty('pinned');
    expect(await ask('POST', `${path}/scale`, {})).toMatchObject({ status: 422, json: { error: { message: 'the request is not valid: needs replicas, min_replicas or auto' } } });
  });

  test('tell the logs of their workers, or why there are none', async () => {
    const { ask, services, neb, logs } = await made();
    const { metadata: { id } } = await neb.containers.create({ metadata: { name: 'translator-0' }, image: 'busybox' });
    const { explain } = services.processors;
    Object.assign(services.processors, { explain: async (...call: Parameters<typeof explain>) => {
      const told = await explain(...call);
      return { ...told, replicas: [...told.replicas, { name: 'translator-0', id, status: 'running', ready: true, draining: false }] };
    } });
    for (const text of ['one', 'two']) logs.push({ at, stream: 'stdout', text, attempt: 1, position: '' });
    expect((await ask('GET', `${path}/logs`)).json).toEqual({ 'translator-1': { error: 'there is no container id-of-no-container' }, 'translator-0': 'one\ntwo\n' });
    expect((await ask('GET', `${path}/logs?tail=1&timestamps=true`)).json).toMatchObject({ 'translator-0': `${at} two\n` });
  });
});

describe('messages', () => {
  test('are sent, each key once, and a null of the original\'s clients is nothing', async () => {
    const { ask, processors } = await made();
    const first = { success: true, message_id: 'm0', stream_id: '0-0', return_stream: 'processor:alice:translator.return.m0' };
    expect((await ask('POST', `${path}/messages`, { content: { text: 'a' }, wait: false, stream: null, user_key: 'hunter2', key: 'k' })).json).toEqual(first);
    expect((await ask('POST', `${path}/messages`, { content: { text: 'b' }, key: 'k' })).json).toEqual(first);
    expect(processors.messages).toMatchObject([{ content: { text: 'a' }, sent_by: 'alice@example.com' }]);
  });

  test('that do not fit the schema are refused with the path', async () => {
    const { ask, processors } = await made();
    expect(await ask('POST', `${path}/messages`, { content: {} })).toMatchObject({ status: 422, json: { error: { code: 'invalid', details: { problems: [{ path: [0, 'text'] }] } } } });
    expect(processors.messages).toEqual([]);
  });

  test('are answered as the original answered, once the answer is whole', async () => {
    const { ask, processors: { answers, waits } } = await made();
    for (const [status, content] of [['stream', 'Hello'], ['stream', ' World'], ['success', null]] as const) answers.push({ message_id: 'm0', status, content, at });
    answers.push({ message_id: 'm1', status: 'error', content: { error: 'no such tongue' }, at });
    const whole = { kind: 'StreamResponseMessage', id: 'm0', status: 'success', content: null, chunks: ['Hello', ' World'], created_at: at };
    expect((await ask('POST', `${path}/messages`, { content: { text: 'a' }, wait: true, wait_time_ms: 5_000 })).json).toEqual(whole);
    expect(await ask('POST', `${path}/messages`, { content: { text: 'b' }, wait: true })).toMatchObject({ status: 200, json: { status: 'error', content: { error: 'no such tongue' } } });
    expect((await ask('POST', `${path}/return/m0`, { consumer_group: 'x', max_records: 10 })).json).toEqual(whole);
    expect(waits).toEqual([5_000, undefined, 1_000]);
    expect((await ask('POST', `${path}/return/unknown`, {})).status).toBe(410);
  });

  test('whose answer does not come in time are a timeout', async () => {
    const { ask } = await made();
    expect(await ask('POST', `${path}/messages`, { content: { text: 'a' }, wait: true, wait_time_ms: 0 })).toMatchObject({ status: 504, json: { error: { code: 'timeout' } } });
  });

  test('are answered piece by piece as server-sent events, from any position on', async () => {
    const { ask, processors: { answers }, server } = await made();
    const { json } = await ask('POST', `${path}/messages`, { content: { text: 'a' }, wait: true, stream: true });
    expect(json).toMatchObject({ success: true, message_id: 'm0', streaming: true, stream_url: '/v1/processors/alice/translator/return/m0/stream' });
    for (const [status, content] of [['stream', 'Hello'], ['success', 'World']] as const) answers.push({ message_id: 'm0', status, content, at });
    const events = async (query: string): Promise<string> => (await fetch(`${server.url}${path}/return/m0/stream${query}`, { headers: { authorization: `Bearer ${token}` } })).text();
    const last = 'id: p2\ndata: {"kind":"StreamResponseMessage","id":"m0","content":"World","status":"success","created_at":"2026-11-24T08:00:01.000Z"}\n\nevent: end\ndata: {"stream_complete":true}\n\n';
    expect(await events('')).toBe(`: the answer follows\n\nid: p1\ndata: {"kind":"StreamChunkMessage","id":"m0","content":"Hello","status":"stream","created_at":"2026-11-24T08:00:01.000Z"}\n\n${last}`);
    expect(await events('?after=p1')).toBe(`: the answer follows\n\n${last}`);
    expect(await events('?after=p2&wait_time_ms=0')).toContain('event: failure\ndata: {"error":{"code":"timeout"');
    expect((await ask('GET', '/v1/processors/-/other/return/m0/stream')).status).toBe(404);
  });

  test('are read without being taken away', async () => {
    const { ask, neb } = await made();
    for (const text of ['a', 'b', 'c']) await neb.processors.send({ name: 'translator' }, { text });
    const shown = (n: number, text: string): object => ({ kind: 'StreamMessage', id: `m${n}`, stream_id: `${n}-0`, content: { text }, created_at: 1_795_507_200, user_id: 'alice@example.com' });
    const { json } = await ask('GET', `${path}/messages?limit=2`);
    expect(json).toEqual({ messages: [shown(2, 'c'), shown(1, 'b')], next: '2' });
    expect((await ask('GET', `${path}/messages?limit=2&cursor=${json.next}`)).json).toEqual({ messages: [shown(0, 'a')] });
    expect((await ask('POST', `${path}/stream`, { consumer_group: 'g', max_records: 2, wait_time_ms: 1_000 })).json).toEqual([shown(1, 'b'), shown(2, 'c')]);
  });

  test('that were given up are listed, replayed and purged', async () => {
    const { ask, processors: { dead } } = await made();
    for (const id of ['d1', 'd2', 'd3']) dead.push({ id, stream_id: id, content: {}, at, error: 'broken', attempts: 5, died_at: at });
    expect((await ask('GET', `${path}/dead_letters?limit=1`)).json).toEqual({ dead_letters: [dead[2]], next: '1' });
    expect((await ask('POST', `${path}/dead_letters/replay`, { id: 'd2' })).json).toEqual({ replayed: 1 });
    expect((await ask('DELETE', `${path}/dead_letters?id=d3`)).json).toEqual({ purged: 1 });
    expect((await ask('POST', `${path}/dead_letters/replay`)).json).toEqual({ replayed: 1 });
    expect(dead).toEqual([]);
  });
});

test('how a worker is, is asked for with a time to wait', async () => {
  const { ask, processors: { health, waits } } = await made();
  expect(await ask('GET', `${path}/health?wait_time_ms=7`)).toMatchObject({ status: 504, json: { error: { code: 'timeout' } } });
  health.push({ status: 'ok', message: 'warm' });
  expect(await ask('GET', `${path}/health`)).toMatchObject({ status: 200, json: { status: 'ok', message: 'warm' } });
  expect(await ask('GET', `${path}/health?wait_time_ms=soon`)).toMatchObject({ status: 422 });
  expect(waits).toEqual([7, 30_000]);
});

test('a processor may be called as the paths under it are', async () => {
  const { ask } = await door();
  await ask('POST', '/v1/processors', { ...translator, metadata: { name: 'return', namespace: '-' } });
  expect((await ask('POST', '/v1/processors/-/return/messages', { content: { text: 'a' } })).json).toMatchObject({ success: true });
});
