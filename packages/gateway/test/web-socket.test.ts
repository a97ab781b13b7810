import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { describe, expect, test } from 'vitest';
import type { Passed } from '../src/index.ts';
import { aGateway, aRoute, handFeed, raw, until, upstream } from './rig.ts';
import { agreeing, agreement, answered, ask2, clientFrame, session2 } from './upgrade-rig.ts';

const asks1 = (host: string, more = ''): string => `GET /ws HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}\r\n`;
const nothing = (): void => undefined;

describe('a WebSocket over HTTP/2', () => {
  test('is one of HTTP/1.1 to its replica, and counts as in flight until it is closed', async () => {
    await using a = await upstream((_, response) => void response.end());
    let asked: IncomingMessage | undefined;
    const sockets = new WebSocketServer({ server: a.server, path: '/ws', handleProtocols: () => 'chat' });
    sockets.on('connection', (socket, request) => {
      asked = request;
      socket.on('message', (data: Buffer, isBinary) => socket.send(`heard ${data.toString()}`, { binary: isBinary }));
    });
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), { admission: { admit: () => ({ do: 'pass', strip: ['authorization'], add: { 'x-neb-caller': 'me' } }) } });
    const session = await session2(gateway);
    expect(session.remoteSettings.enableConnectProtocol).toBe(true);
    const stream = ask2(session, 'a.test', { authorization: 'Bearer mine', 'sec-websocket-key': 'of the client', 'sec-websocket-protocol': 'chat' });
    const headers = await answered(stream);
    expect(headers).toMatchObject({ ':status': 200, 'sec-websocket-protocol': 'chat', 'x-request-id': expect.any(String) });
    for (const gone of ['sec-websocket-accept', 'upgrade', 'connection']) expect(headers[gone]).toBeUndefined();
    expect(asked).toMatchObject({ method: 'GET', url: '/ws', headers: { host: 'a.test', 'x-neb-caller': 'me', via: '2.0 neb', 'sec-websocket-version': '13' } });
    expect(asked!.headers['sec-websocket-key']).toMatch(/^[\w+/]{22}==$/);
    expect(asked!.headers.authorization).toBeUndefined();
    stream.write(clientFrame('ping'));
    const [data] = (await once(stream, 'data')) as [Buffer];
    expect(data.subarray(2).toString()).toBe('heard ping');
    expect(gateway.gauges()[0]?.inFlight).toBe(1);
    stream.write(clientFrame('', 8));
    await once(stream.resume(), 'end');
    stream.end();
    await until(() => gateway.gauges()[0]?.inFlight === 0);
    await until(() => sockets.clients.size === 0);
  });

  test('ends one way at a time', async () => {
    const heard: string[] = [];
    const a = await agreeing((socket) => socket.on('data', (chunk) => heard.push(String(chunk))).on('end', () => setTimeout(() => socket.end('the last word'), 50)));
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])));
    const stream = ask2(await session2(gateway), 'a.test');
    await answered(stream);
    stream.end('all I had to say');
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    expect([heard.join(''), text]).toEqual(['all I had to say', 'the last word']);
    await until(() => gateway.gauges()[0]?.inFlight === 0);

    let finish: ((text: string) => void) | undefined;
    const b = await agreeing((socket) => socket.on('data', (chunk) => finish!(String(chunk))).end('first'));
    await using other = await aGateway(handFeed(aRoute('b', [b.origin])));
    const said = new Promise<string>((resolve) => (finish = resolve));
    const listening = ask2(await session2(other), 'b.test');
    await once(listening.resume(), 'end');
    listening.end('after the end of the other');
    expect(await said).toBe('after the end of the other');
    await until(() => other.gauges()[0]?.inFlight === 0);
  });

  test('is reset where either end is', async () => {
    const failures: string[] = [];
    const a = await agreeing((socket) => socket.resume().on('error', (error: NodeJS.ErrnoException) => failures.push(error.code!)));
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])));
    const session = await session2(gateway);
    const left = ask2(session, 'a.test');
    await answered(left);
    left.close(8);
    await until(() => failures.length === 1);
    const broken = ask2(session, 'a.test');
    await answered(broken);
    for (const socket of a.sockets) socket.resetAndDestroy();
    await once(broken, 'close');
    expect(broken.rstCode).toBe(8);
    const gone = ask2(session, 'a.test');
    await answered(gone);
    session.destroy();
    await until(() => failures.length === 2);
    expect(failures).toEqual(['ECONNRESET', 'ECONNRESET']);
    await until(() => gateway.gauges()[0]?.inFlight === 0);
  });

  test('stands still where its reader does', async () => {
    let written = 0;
    const a = await agreeing((socket) => {
      const more = (): void => {
        while (written < 200_000_000) {
          written += 65_536;
          if (!socket.write(Buffer.alloc(65_536))) return void socket.once('drain', more);
        }
      };
      more();
    });
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])));
    const stream = ask2(await session2(gateway), 'a.test');
    await answered(stream);
    stream.pause();
    let before = -1;
    while (before !== written) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(written).toBeLessThan(60_000_000);
    stream.close(8);
    await until(() => gateway.gauges()[0]?.inFlight === 0);
  });

  test.each([
    ['refuses', 'HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno', 403],
    ['answers as if nobody had asked', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', 502],
    ['did not read the key', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: c29tZXRoaW5nIGVsc2UuLi4uLi4=\r\n\r\n', 502],
    ['speaks something else', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: foo\r\n\r\n', 502],
    ['leaves', '', 502],
  ])('is told so where the replica %s', async (name, bytes, status) => {
    const a = await agreeing((socket) => void (name === 'leaves' ? socket.resetAndDestroy() : socket.end()), () => bytes);
    const passed: Passed[] = [];
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), { observer: { watch: () => ({ end: (one) => void passed.push(one) }) } });
    const stream = ask2(await session2(gateway), 'a.test');
    const headers = await answered(stream);
    expect(headers[':status']).toBe(status);
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    if (status === 403) expect(text).toBe('no');
    else expect(JSON.parse(text)).toMatchObject({ status: 502, detail: expect.stringMatching(/replica/) });
    await until(() => gateway.gauges()[0]?.inFlight === 0 && passed.length === 1);
    expect(passed[0]).toMatchObject({ status, complete: true });
  });

  test('that was refused is no reason to keep its connection', async () => {
    const a = await agreeing((socket) => socket.end(), () => 'HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno');
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), { limits: { keepAliveMs: 300, stallMs: 100 } });
    const session = await session2(gateway);
    const streams = ['a.test', 'nobody.test'].map((host) => ask2(session, host).resume());
    await Promise.all(streams.map(answered));
    await once(session, 'close');
    expect(streams.map(({ rstCode }) => rstCode)).toEqual([0, 0]);
  });

  test('is kept without a word as long as it is wanted, and waited for where the gateway drains', async () => {
    const a = await agreeing((socket) => socket.on('data', () => socket.write('still here')));
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), { limits: { keepAliveMs: 100, stallMs: 100 } });
    const stream = ask2(await session2(gateway), 'a.test');
    await answered(stream);
    await new Promise((resolve) => setTimeout(resolve, 500));
    stream.write('are you?');
    await once(stream, 'data');
    expect(await gateway.drain(100)).toBe(1);
    stream.write('are you?');
    await once(stream, 'data');
    stream.end();
    stream.resume();
    const drained = gateway.drain(60_000);
    for (const socket of a.sockets) socket.end();
    expect(await drained).toBe(0);
  });
});

/** Asks for a WebSocket in either version; `end` ends the client's side in order, `leave` by a reset. */
const versions = [
  ['HTTP/1.1', async (port: number, host: string) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', nothing);
    socket.write(asks1(host));
    return { end: () => void socket.end(), leave: () => void socket.resetAndDestroy(), write: (text: string) => void socket.write(text), closed: new Promise((resolve) => socket.resume().once('end', () => socket.end()).once('close', resolve)) };
  }],
  ['HTTP/2', async (port: number, host: string) => {
    const stream = ask2(await session2({ address: { host: '127.0.0.1', port } }), host);
    return { end: () => void stream.end(), leave: () => void stream.close(8), write: (text: string) => void stream.write(text), closed: new Promise((resolve) => stream.resume().once('end', () => stream.end()).once('close', resolve)) };
  }],
] as const;

describe.each(versions)('a WebSocket over %s', (_, ask) => {
  test.each(['end', 'leave'] as const)('whose client goes (%s) is forgotten, whether it waits for a replica or for the answer of one', async (how) => {
    let asked = 0;
    const silent = await agreeing((socket) => {
      asked += 1;
      socket.resume().on('end', () => socket.end());
    }, () => '');
    await using gateway = await aGateway(handFeed(aRoute('none', [], { holdMs: 600_000 }), aRoute('silent', [silent.origin])));
    const { port } = gateway.address;
    const of = (name: string) => gateway.gauges().find(({ id }) => id === `id-${name}`)!;
    const waits = await ask(port, 'none.test');
    await until(() => of('none').waiting === 1);
    waits[how]();
    await until(() => of('none').waiting === 0);
    const unanswered = await ask(port, 'silent.test');
    await until(() => asked === 1);
    unanswered[how]();
    await until(() => of('silent').inFlight === 0 && silent.sockets.size === 0);
    await Promise.all([waits.closed, unanswered.closed]);
  });

  test('goes on as soon as there is a replica, with what its client said before', async () => {
    const heard: string[] = [];
    const feed = handFeed(aRoute('a', []));
    await using gateway = await aGateway(feed);
    const client = await ask(gateway.address.port, 'a.test');
    client.write('early');
    await until(() => gateway.gauges()[0]?.waiting === 1);
    client.write(' bird');
    const a = await agreeing((socket) => socket.on('data', (chunk) => heard.push(String(chunk))));
    feed.put(aRoute('a', [a.origin]));
    await until(() => heard.join('') === 'early bird');
    client.leave();
    await until(() => gateway.gauges()[0]?.inFlight === 0);
  });

  test('that one end has left, and the other says nothing on, ends after a while', async () => {
    const a = await agreeing((socket) => socket.resume());
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), { limits: { stallMs: 150 } });
    const client = await ask(gateway.address.port, 'a.test');
    await until(() => a.sockets.size === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.end();
    await client.closed;
    await until(() => gateway.gauges()[0]?.inFlight === 0);
  });

  test('is counted with its bytes, both ways', async () => {
    const seen = { in: 0, out: 0, ends: [] as Passed[] };
    const a = await agreeing((socket) => socket.on('data', () => socket.end('1234')));
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), {
      observer: { watch: () => ({ request: (chunk) => void (seen.in += chunk.length), data: (chunk) => void (seen.out += chunk.length), end: (passed) => void seen.ends.push(passed) }) },
    });
    const client = await ask(gateway.address.port, 'a.test');
    client.write('123456');
    await until(() => seen.out === 4);
    client.end();
    await until(() => seen.ends.length === 1);
    expect(seen).toMatchObject({ in: 6, out: 4, ends: [{ status: 101, complete: true, bytesIn: 6, bytesOut: 4, replica: 'a-0' }] });
  });

  test('is given up where its replica does not answer in time', async () => {
    const a = await agreeing((socket) => socket.resume().on('end', () => socket.end()), () => '');
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin], { timeoutMs: 100 })));
    const client = await ask(gateway.address.port, 'a.test');
    await client.closed;
    expect(gateway.gauges()[0]).toMatchObject({ inFlight: 0, answered: 1, failed: 1 });
    await until(() => a.sockets.size === 0);
  });
});

test('whoever asks in a way that is none learns nothing of what there is', async () => {
  await using gateway = await aGateway(handFeed(aRoute('a', ['http://127.0.0.1:1'])), { admission: { admit: () => ({ do: 'hide' }) } });
  const { port } = gateway.address;
  const statuses = async (host: string) => Promise.all([`${asks1(host, 'content-length: 5\r\n')}hello`, asks1(host).replace('GET', 'POST')].map(async (bytes) => (await raw(port, bytes)).text.slice(9, 12)));
  expect(await statuses('a.test')).toEqual(['400', '400']);
  expect(await statuses('nobody.test')).toEqual(['400', '400']);
});

test('an answer in place of a WebSocket that nobody takes ends after a while', async () => {
  await using a = await upstream((_, response) => void response.end());
  a.server.on('upgrade', (_, socket: Socket) => {
    socket.on('error', nothing).write('HTTP/1.1 200 OK\r\ncontent-length: 500000000\r\n\r\n');
    const more = (): void => {
      while (!socket.destroyed) if (!socket.write(Buffer.alloc(65_536))) return void socket.once('drain', more);
    };
    more();
  });
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), { limits: { stallMs: 200 } });
  const socket = connect(gateway.address.port, '127.0.0.1').on('error', nothing);
  socket.write(asks1('a.test'));
  await until(() => gateway.gauges()[0]?.inFlight === 1);
  await until(() => gateway.gauges()[0]?.inFlight === 0);
  socket.destroy();
});

test('agreement is what HTTP says it is', () => {
  expect(agreement({ headers: { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' } } as unknown as IncomingMessage)).toContain('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
});
