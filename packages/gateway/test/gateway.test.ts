import { connect as connect2 } from 'node:http2';
import { type IncomingMessage, request } from 'node:http';
import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { describe, expect, test } from 'vitest';
import { aGateway, aRoute, get, handFeed, raw, until, upstream } from './rig.ts';

const hello = (text: string) => upstream((_, response) => void response.end(text));

test('an answer gets the headers that its admission says, in place of the replica\'s, also where there is no replica', async () => {
  await using a = await upstream((_, response) => void response.writeHead(200, { RateLimit: 'of the replica', 'x-other': 'stays' }).end('a'));
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin]), aRoute('none', [], { holdMs: 10 })), { admission: { admit: () => ({ do: 'pass', answer: { ratelimit: '"caller";r=1;t=2' } }) } });
  expect(await get(gateway, 'a.test')).toMatchObject({ status: 200, headers: { ratelimit: '"caller";r=1;t=2', 'x-other': 'stays' } });
  expect(await get(gateway, 'none.test')).toMatchObject({ status: 503, headers: { ratelimit: '"caller";r=1;t=2', 'retry-after': expect.any(String) } });
});

describe('a request finds its route', () => {
  test('by host name, whatever its case, port and last dot', async () => {
    await using a = await hello('a');
    await using b = await hello('b');
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin]), aRoute('b', [b.origin])));
    for (const host of ['a.test', 'A.Test', 'a.test:8080', 'a.test.']) expect((await get(gateway, host)).body).toBe('a');
    expect((await get(gateway, 'b.test')).body).toBe('b');
  });

  test('by x-resource, read from its end, which the replica does not see', async () => {
    await using a = await hello('a');
    await using gateway = await aGateway(handFeed(aRoute('v1.2', [a.origin], { hosts: [] })));
    expect((await get(gateway, 'gate', { headers: { 'x-resource': 'v1.2.default.service' } })).body).toBe('a');
    expect(a.seen[0]?.headers['x-resource']).toBeUndefined();
  });

  test('by a port of its own, which goes with the route', async () => {
    await using a = await hello('a');
    await using free = await hello('');
    const port = free.port;
    await free[Symbol.asyncDispose]();
    const feed = handFeed(aRoute('a', [a.origin], { port }));
    await using gateway = await aGateway(feed);
    const own = { address: { host: '127.0.0.1', port } };
    await until(() => true);
    expect((await get(own, 'anything')).body).toBe('a');
    feed.remove('id-a');
    await expect(get(own, 'anything').then(() => get(own, 'anything'))).rejects.toThrow(/ECONNREFUSED/);
    expect((await get(gateway, 'a.test')).status).toBe(404);
  });

  test('or is told the same whether there is no such route or it is not theirs', async () => {
    await using a = await hello('a');
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), { admission: { admit: () => ({ do: 'hide' }) } });
    const [hidden, unknown] = [await get(gateway, 'a.test'), await get(gateway, 'nobody.test')];
    expect(hidden.status).toBe(404);
    expect(hidden.headers['content-type']).toBe('application/problem+json');
    const facts = ({ body }: { readonly body: string }) => ({ ...(JSON.parse(body) as object), request_id: undefined });
    expect(facts(hidden)).toEqual(facts(unknown));
    expect(Object.keys(hidden.headers)).toEqual(Object.keys(unknown.headers));
    expect(a.seen).toHaveLength(0);
  });
});

describe('headers', () => {
  test('of one hop stay there, and who asks is told anew', async () => {
    await using a = await upstream((_, response) => {
      response.writeHead(200, { connection: 'x-hop', 'x-hop': '1', 'x-kept': '2', 'proxy-authenticate': 'Basic' });
      response.end();
    });
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), { admission: { admit: () => ({ do: 'pass', strip: ['authorization'], add: { 'x-neb-caller': 'me' } }) } });
    const answer = await get(gateway, 'a.test', {
      headers: {
        connection: 'close, x-secret', 'x-secret': '1', te: 'trailers', 'proxy-authorization': 'Basic x', 'x-forwarded-for': '6.6.6.6', forwarded: 'for=6.6.6.6', 'x-forwarded-proto': 'https',
        x_forwarded_for: '6.6.6.6', authorization: 'Bearer mine', 'x-neb-caller': 'root', 'x-other': 'y',
      },
    });
    expect(answer.headers['x-hop']).toBeUndefined();
    expect(answer.headers['proxy-authenticate']).toBeUndefined();
    expect(answer.headers['x-kept']).toBe('2');
    const { headers } = a.seen[0]!;
    expect(headers).toMatchObject({
      host: 'a.test', 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http', 'x-forwarded-host': 'a.test', forwarded: 'for=127.0.0.1;proto=http;host="a.test"', via: '1.1 neb',
      'x-neb-caller': 'me', 'x-other': 'y', 'x-request-id': answer.headers['x-request-id'],
    });
    for (const gone of ['x-secret', 'te', 'proxy-authorization', 'x_forwarded_for', 'authorization']) expect(headers[gone]).toBeUndefined();
  });

  test('of a trusted peer are added to', async () => {
    await using a = await hello('a');
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), { trusts: (address) => address === '127.0.0.1' });
    await get(gateway, 'a.test', { headers: { 'x-forwarded-for': '9.9.9.9', 'x-forwarded-proto': 'https' } });
    expect(a.seen[0]!.headers).toMatchObject({ 'x-forwarded-for': '9.9.9.9, 127.0.0.1', 'x-forwarded-proto': 'https' });
  });
});

describe('bodies', () => {
  test('stream both ways, with trailers at the end', async () => {
    await using a = await upstream((incoming, response) => {
      response.writeHead(200, { trailer: 'x-sum' });
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
        response.write(chunk);
      });
      incoming.on('end', () => {
        response.addTrailers({ 'x-sum': String(size) });
        response.end();
      });
    });
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])));
    const body = 'x'.repeat(3_000_000);
    const answer = await get(gateway, 'a.test', { method: 'POST', body });
    expect(answer.body).toBe(body);
    expect(answer.trailers['x-sum']).toBe('3000000');
  });

  test('stand still where the reader does', async () => {
    let written = 0;
    await using a = await upstream((_, response) => {
      const more = (): void => {
        while (written < 200_000_000) {
          written += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    });
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])));
    const outgoing = request({ host: '127.0.0.1', port: gateway.address.port, agent: false, headers: { host: 'a.test' } }).end();
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    incoming.pause();
    let before = -1;
    while (before !== written) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(written).toBeLessThan(60_000_000);
    outgoing.destroy();
  });

  test('of events pass piece by piece, and their headers before the first', async () => {
    let send: ((text: string) => void) | undefined;
    await using a = await upstream((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      send = (text) => void response.write(text);
    });
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])));
    const outgoing = request({ host: '127.0.0.1', port: gateway.address.port, agent: false, headers: { host: 'a.test' } }).end();
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect(incoming.headers['content-type']).toBe('text/event-stream');
    for (const text of ['data: 1\n\n', 'data: 2\n\n']) {
      send!(text);
      const [chunk] = (await once(incoming, 'data')) as [Buffer];
      expect(chunk.toString()).toBe(text);
    }
    outgoing.destroy();
  });

  test('are asked for with 100 only once a replica is there', async () => {
    await using a = await upstream((incoming, response) => void incoming.resume().on('end', () => response.end('thanks')));
    const feed = handFeed(aRoute('a', []));
    await using gateway = await aGateway(feed);
    const outgoing = request({ host: '127.0.0.1', port: gateway.address.port, agent: false, method: 'POST', headers: { host: 'a.test', expect: '100-continue', 'content-length': 4 } });
    outgoing.flushHeaders();
    let asked = false;
    outgoing.on('continue', () => {
      asked = true;
      outgoing.end('body');
    });
    await until(() => gateway.gauges()[0]?.waiting === 1);
    expect(asked).toBe(false);
    feed.put(aRoute('a', [a.origin]));
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect([asked, incoming.statusCode]).toEqual([true, 200]);
    incoming.resume();
  });

  test('are absent where HTTP says so', async () => {
    await using a = await upstream((incoming, response) => {
      const status = Number(incoming.url!.slice(1));
      response.writeHead(status, status === 200 ? { 'content-length': 5 } : {});
      response.end(incoming.method === 'HEAD' ? undefined : status === 200 ? 'hello' : undefined);
    });
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])));
    expect(await get(gateway, 'a.test', { method: 'HEAD', path: '/200' })).toMatchObject({ status: 200, body: '', headers: { 'content-length': '5' } });
    expect(await get(gateway, 'a.test', { path: '/204' })).toMatchObject({ status: 204, body: '' });
    expect(await get(gateway, 'a.test', { path: '/304' })).toMatchObject({ status: 304, body: '' });
    const two = await raw(gateway.address.port, 'HEAD /200 HTTP/1.1\r\nhost: a.test\r\n\r\nGET /200 HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n');
    expect(two.text.match(/HTTP\/1.1 200/g)).toHaveLength(2);
    expect(two.text.endsWith('hello')).toBe(true);
  });
});

describe('whoever leaves', () => {
  test('takes the request to the replica along', async () => {
    let gone = false;
    await using a = await upstream((_, response) => void response.on('close', () => (gone = true)));
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])));
    const outgoing = request({ host: '127.0.0.1', port: gateway.address.port, agent: false, headers: { host: 'a.test' } });
    outgoing.on('error', () => undefined).end();
    await until(() => a.seen.length === 1);
    expect(gateway.gauges()[0]?.inFlight).toBe(1);
    outgoing.destroy();
    await until(() => gone);
    await until(() => gateway.gauges()[0]?.inFlight === 0);
  });

  test('takes all that was asked on a connection of HTTP/2 along', async () => {
    const gone: boolean[] = [];
    await using a = await upstream((_, response) => void response.on('close', () => gone.push(true)));
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])));
    const socket = connect(gateway.address.port, '127.0.0.1');
    const session = connect2('http://a.test', { createConnection: () => socket }).on('error', () => undefined);
    for (const path of ['/1', '/2']) session.request({ ':path': path, ':authority': 'a.test' }).on('error', () => undefined);
    await until(() => a.seen.length === 2);
    // As the system does it for a process that is killed.
    socket.destroy();
    await until(() => gone.length === 2);
    await until(() => gateway.gauges()[0]?.inFlight === 0);
  });

  test.each(['1.1', '1.0'])('as a replica leaves no answer that looks whole (HTTP/%s)', async (version) => {
    await using a = await upstream((_, response) => {
      response.write('half');
      setTimeout(() => response.socket!.resetAndDestroy(), 50);
    });
    await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])));
    const { createConnection } = await import('node:net');
    const socket = createConnection(gateway.address.port, '127.0.0.1');
    socket.write(`GET / HTTP/${version}\r\nhost: a.test\r\n\r\n`);
    let text = '';
    let failed = false;
    socket.on('data', (chunk) => (text += chunk.toString())).on('error', () => (failed = true));
    await once(socket, 'close').catch(() => undefined);
    // Only a reset tells a client of HTTP/1.0 that there should have been more.
    if (version === '1.0') expect(failed).toBe(true);
    else expect(text).toMatch(/half\r\n$/);
    expect(text).not.toMatch(/\r\n0\r\n/);
    await until(() => gateway.gauges()[0]?.inFlight === 0);
  });
});

test('a WebSocket passes, and counts as in flight until it is closed', async () => {
  await using a = await upstream((_, response) => void response.writeHead(403).end('no'));
  const sockets = new WebSocketServer({ server: a.server, path: '/ws' });
  sockets.on('connection', (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })));
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])));
  const url = `ws://127.0.0.1:${gateway.address.port}`;
  const socket = new WebSocket(`${url}/ws`, { headers: { host: 'a.test' } });
  await once(socket, 'open');
  socket.send('ping');
  const [data] = (await once(socket, 'message')) as [Buffer];
  expect(data.toString()).toBe('ping');
  expect(gateway.gauges()[0]?.inFlight).toBe(1);
  socket.close();
  await until(() => gateway.gauges()[0]?.inFlight === 0);
  const refused = new WebSocket(`${url}/elsewhere`, { headers: { host: 'a.test' } });
  const [error] = (await once(refused, 'error')) as [Error];
  expect(error.message).toMatch(/400|403/);
  const nowhere = new WebSocket(`${url}/ws`, { headers: { host: 'nobody.test' } });
  const [unknown] = (await once(nowhere, 'error')) as [Error];
  expect(unknown.message).toMatch(/404/);
});

test('HTTP/2 is spoken on the same port, with bodies and resets of its own', async () => {
  await using a = await upstream((incoming, response) => {
    if (incoming.url === '/broken') {
      response.write('half');
      setTimeout(() => response.socket!.destroy(), 50);
      return;
    }
    response.writeHead(200, { 'x-version': incoming.headers['via'] });
    incoming.pipe(response);
  });
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])));
  const session = connect2(`http://127.0.0.1:${gateway.address.port}`);
  const stream = session.request({ ':method': 'POST', ':path': '/x', ':authority': 'a.test' });
  stream.end('y'.repeat(500_000));
  const [headers] = (await once(stream, 'response')) as [Record<string, string>];
  expect(headers).toMatchObject({ ':status': 200, 'x-version': '2.0 neb' });
  let body = '';
  for await (const chunk of stream) body += String(chunk);
  expect(body).toHaveLength(500_000);
  expect(a.seen[0]!.headers['host']).toBe('a.test');
  const broken = session.request({ ':path': '/broken', ':authority': 'a.test' });
  broken.resume();
  const [error] = (await once(broken, 'error')) as [Error];
  expect(error.message).toMatch(/INTERNAL_ERROR/);
  const nowhere = session.request({ ':path': '/', ':authority': 'nobody.test' });
  const [problem] = (await once(nowhere, 'response')) as [Record<string, string>];
  expect(problem).toMatchObject({ ':status': 404, 'content-type': 'application/problem+json' });
  session.destroy();
});

test('what comes after a sound request takes no answer away from it', async () => {
  let finish: (() => void) | undefined;
  await using a = await upstream((_, response) => void (finish = () => response.end('mine')));
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])));
  const got = raw(gateway.address.port, 'GET / HTTP/1.1\r\nhost: a.test\r\n\r\nthis is no request\r\n\r\n', 5_000);
  await until(() => finish !== undefined);
  finish!();
  const { text, closed } = await got;
  expect(text).toMatch(/^HTTP\/1\.1 200 OK[^]*mine\r?\n?/);
  expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  expect(closed).toBe(true);
});

test('a connection without a request is kept for a while, a WebSocket without a word as long as it is wanted', async () => {
  await using a = await hello('a');
  const sockets = new WebSocketServer({ server: a.server });
  sockets.on('connection', (socket) => socket.on('message', () => socket.send('still here')));
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), { limits: { keepAliveMs: 100, stallMs: 100 } });
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.address.port}`, { headers: { host: 'a.test' } });
  await once(socket, 'open');
  const idle = await raw(gateway.address.port, 'GET / HTTP/1.1\r\nhost: a.test\r\n\r\n', 10_000);
  expect(idle.text).toMatch(/200 OK/);
  expect(idle.closed).toBe(true);
  socket.send('are you?');
  const [data] = (await once(socket, 'message')) as [Buffer];
  expect(data.toString()).toBe('still here');
  socket.terminate();
});

test('a header, or a body, that takes too long ends the connection', async () => {
  await using a = await upstream((incoming, response) => void incoming.resume().on('end', () => response.end()));
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), { limits: { headerMs: 100, stallMs: 200, keepAliveMs: 300 } });
  const { port } = gateway.address;
  const slow = await Promise.all([
    raw(port, '', 5_000),
    raw(port, 'P', 5_000),
    raw(port, 'GET / HTTP/1.1\r\nhost: a.te', 5_000),
    raw(port, 'POST / HTTP/1.1\r\nhost: a.test\r\ncontent-length: 10\r\n\r\nhello', 5_000),
    raw(port, 'POST / HTTP/1.1\r\nhost: a.test\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel', 5_000),
    raw(port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n', 5_000),
  ]);
  expect(slow.map(({ closed }) => closed)).toEqual([true, true, true, true, true, true]);
  expect(slow[2].text).toMatch(/^HTTP\/1\.1 408 /);
  await until(() => gateway.gauges()[0]?.inFlight === 0);
});
