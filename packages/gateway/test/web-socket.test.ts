import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Passed } from '../src/index.ts';
import { aGateway, aRoute, handFeed, raw, until, upstream } from './rig.ts';
import { agreeing, agreement, answered, ask2, session2 } from './upgrade-rig.ts';

const asks1 = (host: string, more = ''): string => `GET /ws HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}\r\n`;
const nothing = (): void => undefined;

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

test('a WebSocket\'s answer gets the headers that its admission says, in place of the replica\'s, also where there is no replica or it would not', async () => {
  const answer = { ratelimit: '"caller";r=1;t=2' };
  const a = await agreeing(nothing, (request) => agreement(request, 'RateLimit: of the replica\r\nx-other: stays\r\n'));
  const refuses = await agreeing((socket) => socket.end(), () => 'HTTP/1.1 403 Forbidden\r\nRateLimit: of the replica\r\ncontent-length: 0\r\n\r\n');
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin]), aRoute('refuses', [refuses.origin]), aRoute('none', [], { holdMs: 10 })), { admission: { admit: () => ({ do: 'pass', answer }) } });
  for (const [host, status] of [['a.test', 101], ['refuses.test', 403], ['none.test', 503]] as const) {
    const { text } = await raw(gateway.address.port, asks1(host));
    expect([text.split(' ', 2)[1], text.match(/^ratelimit: .*$/gim)]).toEqual([String(status), [`ratelimit: ${answer.ratelimit}`]]);
    expect(await answered(ask2(await session2(gateway), host))).toMatchObject({ ...answer, ':status': status === 101 ? 200 : status });
  }
});

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
