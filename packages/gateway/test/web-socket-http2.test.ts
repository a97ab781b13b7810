import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { WebSocketServer } from 'ws';
import { describe, expect, test } from 'vitest';
import type { Passed } from '../src/index.ts';
import { aGateway, aRoute, handFeed, until, upstream } from './rig.ts';
import { agreeing, answered, ask2, clientFrame, session2 } from './upgrade-rig.ts';

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

  test('that gets another answer puts no replica aside, since its client chose what to ask', async () => {
    await using one = await upstream((_, response) => void response.end());
    await using two = await upstream((_, response) => void response.end());
    await using gateway = await aGateway(handFeed(aRoute('a', [one.origin, two.origin])));
    const session = await session2(gateway);
    for (let i = 0; i < 30; i += 1) expect(await answered(ask2(session, 'a.test').resume())).toMatchObject({ ':status': 502 });
    for (const { server } of [one, two]) server.removeAllListeners('request').on('request', nothing);
    for (let i = 0; i < 10; i += 1) session.request({ ':path': '/', ':authority': 'a.test' }).on('error', nothing);
    await until(() => gateway.gauges()[0]!.inFlight === 10);
    expect(Object.values(gateway.gauges()[0]!.inFlightEach).every((count) => count > 0)).toBe(true);
  });
});
