import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connect2 } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Gateway } from '../src/index.ts';
import { aGateway, aRoute, get, handFeed, raw, until } from './rig.ts';
import { agreeing, answered, ask2, session2 } from './upgrade-rig.ts';

/** A replica that answers each request with these bytes, and leaves its connection open. */
async function saying(bytes: string): Promise<string> {
  const server = createServer((socket) => void socket.on('error', () => undefined).on('data', () => void socket.write(bytes)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function ask(gateway: Gateway, headers: Readonly<Record<string, string>> = {}): Promise<{ readonly headers: Record<string, unknown>; readonly body: string; readonly code: number }> {
  const session = connect2(`http://127.0.0.1:${gateway.address.port}`).on('error', () => undefined);
  onTestFinished(() => session.destroy());
  const stream = session.request({ ':path': '/', ':authority': 'a.test', ...headers }).on('error', () => undefined);
  let body = '';
  stream.on('data', (chunk) => (body += String(chunk)));
  const [told] = (await once(stream, 'response')) as [Record<string, unknown>];
  await once(stream, 'close');
  return { headers: told, body, code: stream.rstCode };
}

describe('an answer without a body ends well, whatever its replica says or sends of one', () => {
  test.each([
    ['304 with the length of what there would be', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 200\r\n\r\n', 304, '200'],
    ['204 with a length', 'HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n', 204, undefined],
    ['204 with a body', 'HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\nok', 204, undefined],
    ['205 with a body', 'HTTP/1.1 205 Reset Content\r\ncontent-length: 2\r\n\r\nok', 205, undefined],
  ])('%s', async (_, bytes, status, length) => {
    await using gateway = await aGateway(handFeed(aRoute('a', [await saying(bytes)])));
    const twice = await raw(gateway.address.port, 'GET / HTTP/1.1\r\nhost: a.test\r\n\r\n', 500);
    expect(twice).toMatchObject({ closed: false, text: expect.stringMatching(new RegExp(`^HTTP/1.1 ${status} [^]*\\r\\n\\r\\n(?:0\\r\\n\\r\\n)?$`)) });
    const { headers, body, code } = await ask(gateway);
    expect([headers[':status'], headers['content-length'], body, code]).toEqual([status, length, '', 0]);
    expect(gateway.gauges()[0]).toMatchObject({ inFlight: 0, failed: 0 });
  });
});

test('an answer that lasts as long as its connection is whole where that ends, and broken off where it is reset', async () => {
  const server = createServer((socket) => void socket.on('error', () => undefined).once('data', (asked) => {
    socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhalf', () => setTimeout(() => (String(asked).startsWith('GET /whole') ? socket.end() : socket.resetAndDestroy()), 50));
  }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  await using gateway = await aGateway(handFeed(aRoute('a', [`http://127.0.0.1:${(server.address() as AddressInfo).port}`])));
  const told = async (path: string): Promise<string> => (await raw(gateway.address.port, `GET ${path} HTTP/1.1\r\nhost: a.test\r\n\r\n`, 500)).text;
  expect(await told('/whole')).toMatch(/\r\n4\r\nhalf\r\n0\r\n\r\n$/);
  expect(await told('/reset')).toMatch(/\r\n4\r\nhalf\r\n$/);
});

describe('what HTTP/2 does not take of an answer', () => {
  test.each([
    ['a header twice', 'HTTP/1.1 200 OK\r\nlocation: a\r\nlocation: b\r\ncontent-length: 2\r\n\r\nok'],
    ['a status that it does not have', 'HTTP/1.1 999 Odd\r\ncontent-length: 2\r\n\r\nok'],
  ])('%s is told as 502, and passes in HTTP/1.1', async (_, bytes) => {
    const results = await mkdtemp(join(tmpdir(), 'neb-results-'));
    onTestFinished(() => rm(results, { recursive: true, force: true, maxRetries: 10 }));
    const trouble: Error[] = [];
    await using gateway = await aGateway(handFeed(aRoute('a', [await saying(bytes)])), { results, onTrouble: (error) => void trouble.push(error) });
    expect((await get(gateway, 'a.test')).body).toBe('ok');
    for (const headers of [{}, { prefer: 'respond-async, wait=60' }]) {
      const { headers: told, body } = await ask(gateway, headers);
      expect([told[':status'], JSON.parse(body)]).toEqual([502, expect.objectContaining({ detail: expect.stringMatching(/cannot be passed on/) })]);
    }
    expect(trouble).toEqual([]);
    await until(() => gateway.gauges()[0]?.inFlight === 0);
  });

  test('is told as 502 in place of a WebSocket too', async () => {
    const refuses = await agreeing((socket) => socket.resume(), () => 'HTTP/1.1 999 Odd\r\ncontent-length: 2\r\n\r\nno');
    await using gateway = await aGateway(handFeed(aRoute('a', [refuses.origin])));
    expect(await answered(ask2(await session2(gateway), 'a.test').resume())).toMatchObject({ ':status': 502 });
    expect(gateway.gauges()[0]?.inFlight).toBe(0);
  });

  test('does not matter where it is the same twice', async () => {
    await using gateway = await aGateway(handFeed(aRoute('a', [await saying('HTTP/1.1 200 OK\r\nx-content-type-options: nosniff\r\nx-content-type-options: nosniff\r\nset-cookie: a\r\nset-cookie: a\r\ncontent-length: 2\r\n\r\nok')])));
    expect(await ask(gateway)).toMatchObject({ headers: { 'x-content-type-options': 'nosniff', 'set-cookie': ['a', 'a'] }, body: 'ok' });
  });
});

test('an early hint that is none is left out, and the answer comes', async () => {
  await using gateway = await aGateway(handFeed(aRoute('a', [await saying('HTTP/1.1 103 Early Hints\r\nlink: nonsense\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')])));
  expect(await get(gateway, 'a.test')).toMatchObject({ status: 200, body: 'ok' });
  expect(await ask(gateway)).toMatchObject({ headers: { ':status': 200 }, body: 'ok' });
});

test('HTTP/1.0 gets nothing before its answer', async () => {
  await using gateway = await aGateway(handFeed(aRoute('a', [await saying('HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')])));
  const { text } = await raw(gateway.address.port, 'POST / HTTP/1.0\r\nhost: a.test\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\nhi', 2_000);
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*ok$/);
});
