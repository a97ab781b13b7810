import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { Meter, RouteFact } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { describe, expect, test } from 'vitest';
import { bytesIn, meterProblems } from './door-meters.ts';
import { meterMemory } from './meter-memory.ts';
import { type MeteredHeaders, type MeterOptions, meterTap } from './meter-tap.ts';

const meter = (metric: string, more: Partial<Meter> = {}): Meter => ({ metric, unit: 'token', currency: 'USD', ...more });
const tokens = meter('response_value', { json_path: '$.usage.total_tokens', cost: '0.000001' });
const route = (...meters: Meter[]) => ({ id: 'svc1', kind: 'Service', namespace: 'ml', owner: 'acme', meters }) as const;
const json = { 'content-type': 'application/json' };
const sse = { 'content-type': 'text/event-stream; charset=utf-8' };

interface Passing {
  readonly headers?: MeteredHeaders;
  readonly status?: number;
  readonly pieceBytes?: number;
  readonly whole?: boolean;
  readonly options?: MeterOptions;
}

async function facts(meters: readonly Meter[], body: string | Uint8Array, { headers = json, status = 200, pieceBytes = 7, whole = true, options }: Passing = {}): Promise<readonly RouteFact[]> {
  const tap = meterTap(route(...meters), { id: 'req1', atMs: 0, caller: 'ann', headers: json }, options)!;
  tap.request(Buffer.from('{"max_tokens":'));
  tap.request(Buffer.from('12.50}'));
  tap.answer(status, headers);
  const bytes = Buffer.from(body);
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) tap.response(bytes.subarray(at, at + pieceBytes));
  return tap.end(whole);
}
const value = async (body: string | Uint8Array, passing?: Passing) => {
  const [fact] = await facts([tokens], body, passing);
  return fact && (fact.problem ?? fact.value);
};
const usage = (total: unknown): string => JSON.stringify({ id: 'x', usage: { total_tokens: total } });

describe('a value of an answer', () => {
  test('is a fact whose key is the same for the same request and meter', async () => {
    expect(await facts([meter('runtime'), tokens], usage(42))).toEqual([
      { key: 'req1/1', at: '1970-01-01T00:00:00.000Z', route: 'svc1', kind: 'Service', namespace: 'ml', owner: 'acme', caller: 'ann', meter: 1, asks: { metric: 'response_value', currency: 'USD', cost: '0.000001' }, unit: 'token', value: '42' },
    ]);
  });

  test.each([
    ['42', '42'], ['0', '0'], ['-0', '0'], ['1.50', '1.5'], ['0.1', '0.1'], ['1e3', '1000'], ['1.25e-2', '0.0125'], ['12345678901234567890123', '12345678901234567890123'], ['0.10000000000000000001', '0.10000000000000000001'],
    ['-1', '$.usage.total_tokens is not a number that can be counted'], ['1e999', '$.usage.total_tokens is not a number that can be counted'], ['"42"', '$.usage.total_tokens is not a number'],
    ['true', '$.usage.total_tokens is not a number'], ['[1]', '$.usage.total_tokens is not a number'], ['null', undefined], ['NaN', 'it says it is JSON and is not'],
  ])('%s is counted as %s', async (source, expected) => expect(await value(`{"usage":{"total_tokens":${source}}}`)).toBe(expected));

  test('is nothing where there is none, and none is missed in silence', async () => {
    expect(await value('{"object":"list"}')).toBeUndefined();
    expect(await value('', { status: 204 })).toBeUndefined();
    expect(await value(usage(5), { status: 404 })).toBeUndefined();
    expect(await value(usage(5), { headers: { 'content-type': 'text/html' } })).toBeUndefined();
    expect(await value(usage(5).slice(0, -4), { whole: false })).toBe('it broke off');
    expect(await value(usage(5), { headers: { ...json, 'content-encoding': 'rot13' } })).toBe('it is encoded as "rot13"');
    expect(await value(usage(5), { options: { limitBytes: 20 } })).toBe('it is larger than 20 bytes');
  });

  test('is the sum of all that its path finds', async () => {
    expect((await facts([meter('response_value', { json_path: '$.c[*].n' })], '{"c":[{"n":0.1},{"n":0.2},{"n":null}]}'))[0]!.value).toBe('0.3');
    const many = JSON.stringify({ usage: { total_tokens: 5 }, c: Array.from({ length: 200_000 }, () => 1) });
    expect((await facts([meter('response_value', { json_path: '$..total_tokens' }), tokens], many, { pieceBytes: 65_536 })).map((fact) => fact.problem ?? fact.value)).toEqual(['it is too large to be searched for $..total_tokens', '5']);
  });

  test('is looked for aside in a large answer, so that nothing waits meanwhile', async () => {
    const tap = meterTap(route(tokens), { id: 'r', atMs: 0, headers: {} })!;
    tap.answer(200, json);
    tap.response(Buffer.from(JSON.stringify({ text: 'x'.repeat(2 ** 20), usage: { total_tokens: 7 } })));
    let isOver = false;
    const ended = Promise.resolve(tap.end(true)).finally(() => { isOver = true; });
    // What this thread does itself is over before anything else gets its turn.
    for (let i = 0; i < 1_000; i += 1) await Promise.resolve();
    expect(isOver).toBe(false);
    expect((await ended)[0]!.value).toBe('7');
    expect(await value(`${JSON.stringify({ text: 'x'.repeat(2 ** 20) })}}`)).toBe('it says it is JSON and is not');
  });

  test('holds no more together than is allowed, and lets go of it', async () => {
    const memory = meterMemory(100);
    const big = JSON.stringify({ usage: { total_tokens: 1 }, text: 'x'.repeat(90) });
    const first = meterTap(route(tokens), { id: 'a', atMs: 0, headers: {} }, { memory })!;
    first.answer(200, json);
    first.response(Buffer.from(usage(1)));
    expect(memory.usedBytes).toBeGreaterThan(30);
    expect(await value(big, { options: { memory } })).toBe('too many answers are looked into at once');
    await first.end(true);
    expect(memory.usedBytes).toBe(0);
  });
});

describe('a value of a streamed answer', () => {
  const chunk = (more: object): string => `data: ${JSON.stringify({ choices: [{ delta: { content: 'é "usage" \n' } }], ...more })}\n\n`;
  const stream = chunk({ usage: null }) + chunk({ usage: { total_tokens: 3 } }) + ': a comment\n\nevent: x\nid: 1\n' + chunk({}) + chunk({ usage: { total_tokens: 17 } }) + 'data: [DONE]\n\n';

  test('is that of the last event that has it, wherever the pieces are cut and lines end', async () => {
    for (const text of [stream, stream.replaceAll('\n', '\r\n'), stream.replaceAll('\n', '\r'), stream.replace('data: [DONE]\n\n', '').trimEnd()]) {
      for (let pieceBytes = 1; pieceBytes < 40; pieceBytes++) expect(await value(text, { headers: sse, pieceBytes })).toBe('17');
    }
  });

  test('is put together of the data lines of one event', async () => {
    expect(await value('data: {"usage":\ndata:{"total_tokens":\ndata: 9}}\n\n', { headers: sse })).toBe('9');
  });

  test('is told to be missing where no event has it', async () => {
    expect(await value(chunk({}), { headers: sse })).toBe('no event has it');
    expect(await value(chunk({}), { headers: sse, whole: false })).toBe('it broke off before an event had it');
    expect(await value(`data: ${usage(4).replace('{', `{"x":"${'x'.repeat(200)}",`)}\n\n`, { headers: sse, options: { limitBytes: 100 } })).toBe('no event has it that is not larger than 100 bytes');
  });

  test('counts as far as it came where the stream broke off', async () => expect(await value(stream.slice(0, 260), { headers: sse, whole: false })).toBe('3'));

  test('is read of rows of JSON too', async () => {
    for (const type of ['application/x-ndjson', 'application/jsonl', 'application/stream+json']) {
      expect(await value(`${usage(1)}\n${usage(8)}\n{"done":true}\n`, { headers: { 'content-type': type } })).toBe('8');
    }
  });

  test('is found by the name of another escape', async () => expect(await value('data: {"\\u0075sage":{"total_t\\u006fkens":6}}\n\n', { headers: sse })).toBe('6'));

  test('takes no more memory the longer the stream is', async () => {
    const tap = meterTap(route(tokens), { id: 'r', atMs: 0, headers: {} })!;
    tap.answer(200, sse);
    const piece = Buffer.from(chunk({ usage: null }).repeat(100));
    const before = process.memoryUsage().arrayBuffers;
    for (let at = 0; at < 2_000; at++) tap.response(piece);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 2 ** 20);
    expect((await tap.end(true))[0]!.problem).toBe('no event has it');
  });
});

describe('a packed answer', () => {
  test.each([['gzip', gzipSync], ['br', brotliCompressSync], ['deflate', deflateSync], ['zstd', zstdCompressSync]] as const)('is unpacked beside its way: %s', async (encoding, pack) => {
    expect(await value(pack(usage(12)), { headers: { ...json, 'content-encoding': encoding } })).toBe('12');
    expect(await value(pack(`data: ${usage(13)}\n\n`), { headers: { ...sse, 'content-encoding': encoding } })).toBe('13');
    expect(await value(Buffer.concat([Buffer.from([1, 2, 3]), pack(usage(12))]), { headers: { ...json, 'content-encoding': encoding } })).toBe('it cannot be unpacked');
  });

  test('is not unpacked beyond what may be held', async () => {
    const bomb = gzipSync(Buffer.concat([Buffer.from('{"x":"'), Buffer.alloc(20 * 2 ** 20, 'x'), Buffer.from(`",${usage(1).slice(1)}`)]));
    expect(bomb.byteLength).toBeLessThan(100_000);
    expect(await value(bomb, { headers: { ...json, 'content-encoding': 'gzip' }, pieceBytes: 4096 })).toBe('it is larger than 8388608 bytes');
  });

  test('is not waited for where it comes faster than it can be unpacked', async () => {
    const packed = gzipSync(seededRandom(2)(6 * 2 ** 20), { level: 0 });
    expect(await value(packed, { headers: { ...json, 'content-encoding': 'gzip' }, pieceBytes: 65_536 })).toBe('it came faster than it could be unpacked');
  });

  test('that broke off counts as far as it came', async () => {
    const packed = gzipSync(`data: ${usage(21)}\n\n${[...seededRandom(1)(4_000)].map((byte) => `data: ${byte}`).join('\n\n')}`);
    expect(await value(packed.subarray(0, packed.byteLength - 50), { headers: { ...sse, 'content-encoding': 'gzip' }, whole: false })).toBe('21');
  });
});

describe('other meters', () => {
  const values = async (meters: readonly Meter[], passing?: Passing) => (await facts(meters, '{"ab":1}', passing)).map((fact) => `${fact.meter} ${fact.value} ${fact.unit}`);

  test('count requests, bytes and values of requests', async () => {
    expect(await values([meter('requests', { unit: 'request' }), meter('bytes_in', { unit: 'byte' }), meter('bytes_out', { unit: 'KB' }), meter('bytes', { unit: 'KiB' }), meter('request_value', { json_path: '$.max_tokens' })]))
      .toEqual(['0 1 request', '1 20 byte', '2 0.008 KB', '3 0.02734375 KiB', '4 12.5 token']);
  });

  test('do not bill what failed, except for the bytes that passed', async () => {
    expect(await values([meter('requests'), meter('bytes_out', { unit: 'byte' }), meter('request_value', { json_path: '$.max_tokens' })], { status: 502 })).toEqual(['1 8 byte']);
    const tap = meterTap(route(meter('requests'), meter('bytes_in', { unit: 'byte' })), { id: 'r', atMs: 0, headers: {} })!;
    tap.request(Buffer.from('x'));
    expect(await tap.end(false)).toEqual([]);
  });

  test('cost nothing where there are none at the door', () => {
    expect(meterTap(route(meter('runtime', { unit: 'hour' })), { id: 'r', atMs: 0, headers: {} })).toBeUndefined();
  });

  test('say what is wrong with them', () => {
    expect(meterProblems([tokens, meter('runtime'), meter('bytes', { unit: 'parsec' }), meter('response_value'), meter('request_value', { json_path: 'usage' })])).toEqual([
      'meter 3, bytes: parsec is not a unit of bytes, such as byte, MB or GiB', 'meter 4, response_value: it needs a json_path, such as $.usage.total_tokens', expect.stringContaining('meter 5, request_value: usage is not a JSON path'),
    ]);
  });

  test.each([['GiB', 2 ** 30, '1'], ['GB', 1, '0.000000001'], ['bytes', 5, '5'], ['TiB', 1, '0.0000000000009094947017729282379150390625']] as const)('%s of %d is %s', (unit, bytes, expected) => expect(bytesIn(unit, bytes)).toBe(expected));
});
