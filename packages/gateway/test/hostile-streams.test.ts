import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Gateway } from '../src/index.ts';
import { sendFrames } from './hostile/frames.ts';
import { malformed, refused } from './hostile/streams.ts';
import { aGateway, aRoute, handFeed, until } from './rig.ts';
import { agreeing, answered, ask2, session2 } from './upgrade-rig.ts';

/** A gateway whose visitors may see the namespace `default` only, and all that its replica hears. */
async function aDoor(): Promise<{ readonly gateway: Gateway; readonly heard: string[] }> {
  const heard: string[] = [];
  const replica = createServer((socket) => void socket.on('error', () => undefined).on('data', (chunk) => void heard.push(String(chunk))));
  await new Promise<void>((resolve) => replica.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(replica.address() as AddressInfo).port}`;
  const gateway = await aGateway(handFeed(aRoute('a', [origin]), aRoute('secret', [origin], { namespace: 'other', owner: 'somebody' })), {
    admission: { admit: ({ route }) => (route.namespace === 'default' ? { do: 'pass' } : { do: 'hide' }) },
  });
  onTestFinished(async () => {
    await gateway[Symbol.asyncDispose]();
    replica.close();
  });
  return { gateway, heard };
}

test.each(malformed)('a WebSocket over HTTP/2 with %s is none', async (_, fields) => {
  const { gateway, heard } = await aDoor();
  expect(await sendFrames(gateway.address.port, fields, 'GET /smuggled HTTP/1.1\r\nhost: a.test\r\n\r\n')).toMatch(/reset|connection ends/);
  expect([heard, gateway.gauges().map(({ inFlight, waiting }) => inFlight + waiting)]).toEqual([[], [0, 0]]);
});

test.each(refused)('%s over HTTP/2 is refused, whatever is sent with it', async (_, headers, status) => {
  const { gateway, heard } = await aDoor();
  const session = await session2(gateway);
  const stream = session.request(headers, { endStream: false }).on('error', () => undefined);
  stream.write('GET /smuggled HTTP/1.1\r\nhost: a.test\r\n\r\n');
  expect(await answered(stream)).toMatchObject({ ':status': status, 'content-type': 'application/problem+json' });
  stream.close(8);
  await once(stream, 'close');
  expect(heard).toEqual([]);
  expect(session.destroyed).toBe(false);
});

test('a WebSocket over HTTP/2 whose client has already said its last is refused', async () => {
  const { gateway, heard } = await aDoor();
  expect(await answered(ask2(await session2(gateway), 'a.test', {}, true))).toMatchObject({ ':status': 400 });
  expect(heard).toEqual([]);
});

test('what is sent before the answer is the WebSocket\'s, and never a request of its own', async () => {
  const smuggled = 'GET /smuggled HTTP/1.1\r\nhost: a.test\r\n\r\n';
  const heard: string[] = [];
  const asked: IncomingMessage[] = [];
  const a = await agreeing((socket, request) => {
    asked.push(request);
    socket.on('data', (chunk) => void heard.push(String(chunk)));
  });
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])));
  const stream = ask2(await session2(gateway), 'a.test', { 'sec_websocket_key': 'mine', 'sec-websocket-key': 'mine' });
  stream.write(smuggled);
  await answered(stream);
  await until(() => heard.join('') === smuggled);
  expect(asked.map(({ method, url }) => [method, url])).toEqual([['GET', '/ws']]);
  expect(JSON.stringify(asked[0]!.rawHeaders)).not.toContain('"mine"');
  // A value with a line in it is left out before anybody looks.
  const fields = [[':method', 'CONNECT'], [':protocol', 'websocket'], [':scheme', 'http'], [':path', '/ws'], [':authority', 'a.test'], ['x-line', 'y\r\nhost: secret.test']] as const;
  expect(await sendFrames(gateway.address.port, fields, '')).toBe('answer');
  expect([asked.length, asked[1]!.headers['x-line']]).toEqual([2, undefined]);
});
