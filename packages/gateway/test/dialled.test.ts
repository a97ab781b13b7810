import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import type { InstanceRef, Replica } from '@neb/core-types';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Dial } from '../src/index.ts';
import { aGateway, aRoute, get, handFeed, raw, until, upstream } from './rig.ts';
import { agreeing } from './upgrade-rig.ts';

const far = (id: string, port: number, more: Partial<Replica> = {}): Replica => ({ id, origin: `http://${id}:${port}`, via: { platform: 'elsewhere', ref: `i-${id}` as InstanceRef }, ...more });

/** Dials into this machine, and remembers whom. `refs` lead nowhere. */
function dialling(...refs: readonly string[]) {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const dial: Dial = ({ platform, ref }, port, signal) => {
    asked.push(`${platform} ${ref} ${port}`);
    if (refs.includes(ref)) return Promise.reject(new Error('it is not there'));
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      open.add(socket);
      socket.once('close', () => open.delete(socket)).once('error', reject);
      signal.addEventListener('abort', () => socket.destroy(signal.reason as Error));
      socket.once('connect', () => resolve(socket));
    });
  };
  return { asked, open, dial };
}

test('a replica with a via is dialled: answers stream, bodies go both ways and connections are used again', async () => {
  await using a = await upstream((incoming, response) => void incoming.pipe(response));
  const { asked, dial } = dialling();
  await using gateway = await aGateway(handFeed(aRoute('a', [], { replicas: [far('a', a.port)] })), { dial });
  const body = 'x'.repeat(3_000_000);
  expect(await get(gateway, 'a.test', { method: 'POST', body, path: '/some?where=else' })).toMatchObject({ status: 200, body });
  for (let times = 0; times < 5; times++) expect((await get(gateway, 'a.test')).status).toBe(200);
  expect(asked).toEqual([`elsewhere i-a ${a.port}`]);
  expect(a.seen.map(({ url, headers: { host } }) => [url, host])[0]).toEqual(['/some?where=else', 'a.test']);
});

test('what was not sent since nothing could be dialled goes to another, whatever it is, and without one it waits', async () => {
  await using a = await upstream((_, response) => void response.end('here'));
  const { dial } = dialling('i-gone');
  const feed = handFeed(aRoute('a', [], { replicas: [far('gone', a.port), far('here', a.port)] }), aRoute('b', [], { holdMs: 100, replicas: [far('gone', a.port)] }));
  await using gateway = await aGateway(feed, { dial });
  for (let times = 0; times < 10; times++) expect(await get(gateway, 'a.test', { method: 'POST', body: 'once' })).toMatchObject({ status: 200, body: 'here' });
  expect((await get(gateway, 'b.test', { method: 'POST', body: 'never' })).status).toBe(503);
  expect(a.seen).toHaveLength(10);
});

test('a gateway that cannot dial holds requests to what has to be', async () => {
  await using gateway = await aGateway(handFeed(aRoute('a', [], { holdMs: 50, replicas: [far('a', 1)] })));
  expect((await get(gateway, 'a.test')).status).toBe(503);
});

test.each(['tcp', 'http'] as const)('one that starts is asked over %s through what it is dialled by, and then answers those who wait', async (protocol) => {
  await using first = await upstream(() => undefined);
  const { port } = first;
  await first[Symbol.asyncDispose]();
  const { asked, open, dial } = dialling();
  await using gateway = await aGateway(handFeed(aRoute('a', [], { replicas: [far('a', port, { check: `${protocol}://a:${port}/up` })] })), { dial });
  const answer = get(gateway, 'a.test', { path: '/it' });
  await until(() => asked.length > 2);
  await using a = await upstream(({ url }, response) => void response.end(url), port);
  expect(await answer).toMatchObject({ status: 200, body: '/it' });
  expect(a.seen.filter(({ url }) => url === '/it')).toHaveLength(1);
  // What was only asked has gone.
  await until(() => open.size === 1);
});

test('one that another instance took the place of is dialled anew', async () => {
  const serving = async (text: string) => await upstream((_, response) => void response.end(text));
  await using a = await serving('one');
  const { asked, dial } = dialling();
  const feed = handFeed(aRoute('a', [], { replicas: [far('a', a.port)] }));
  await using gateway = await aGateway(feed, { dial });
  await get(gateway, 'a.test');
  feed.put(aRoute('a', [], { replicas: [far('a', a.port, { via: { platform: 'elsewhere', ref: 'i-next' as InstanceRef } })] }));
  await vi.waitFor(async () => expect([(await get(gateway, 'a.test')).status, asked.at(-1)]).toEqual([200, `elsewhere i-next ${a.port}`]));
});

test('a WebSocket is joined with one that is dialled, and refused where it is not there', async () => {
  const replica = await agreeing((socket, { url }: IncomingMessage) => {
    socket.write(`${url} `);
    socket.on('data', (data) => socket.write(data)).on('end', () => socket.end());
  });
  const { dial, open } = dialling('i-gone');
  const feed = handFeed(aRoute('a', [], { replicas: [far('a', Number(new URL(replica.origin).port))] }), aRoute('b', [], { holdMs: 50, replicas: [far('gone', 1)] }));
  await using gateway = await aGateway(feed, { dial });
  const asks = (host: string): string => `GET /ws HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
  const { text } = await raw(gateway.address.port, `${asks('a.test')}hello`);
  expect(text).toMatch(/^HTTP\/1\.1 101 [^]*\r\n\r\n\/ws hello$/);
  expect((await raw(gateway.address.port, asks('b.test'))).text).toMatch(/^HTTP\/1\.1 503 /);
  await until(() => open.size === 0 && replica.sockets.size === 0);
});

test('a client that resets its WebSocket takes along the connection that was dialled, also over a socket that cannot be reset, and nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'neb-dialled-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const replica = await agreeing((socket) => void socket.on('data', (data) => socket.write(data)).on('end', () => socket.end()));
  const relay = createServer({ allowHalfOpen: true }, (socket) => {
    const on = connect({ port: Number(new URL(replica.origin).port), host: '127.0.0.1', allowHalfOpen: true });
    pipeline(socket, on, socket, () => undefined);
  }).listen(join(folder, 'dials'));
  onTestFinished(() => void relay.close());
  const dial: Dial = async () => {
    const socket = connect({ path: join(folder, 'dials'), allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  };
  await using gateway = await aGateway(handFeed(aRoute('a', [], { replicas: [far('a', 1)] })), { dial });
  for (let times = 0; times < 2; times++) {
    const client = connect(gateway.address.port);
    client.write(`GET /ws HTTP/1.1\r\nhost: a.test\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);
    await once(client, 'data');
    client.resetAndDestroy();
    await until(() => replica.sockets.size === 0);
  }
});

test('what is dialled and stays silent, breaks or hears nothing is told as of any replica', async () => {
  const broken = createHttpServer((incoming) => void incoming.socket.destroy());
  await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void broken.close());
  const { dial } = dialling();
  const { port } = broken.address() as { port: number };
  await using gateway = await aGateway(handFeed(aRoute('a', [], { replicas: [far('a', port)] })), { dial });
  expect(await get(gateway, 'a.test', { method: 'POST', body: 'x' })).toMatchObject({ status: 502, body: expect.stringContaining('is not sent twice') });
  expect(gateway.gauges()[0]).toMatchObject({ inFlight: 0, waiting: 0 });
});
