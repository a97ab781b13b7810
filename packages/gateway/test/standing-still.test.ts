import { connect as connect2 } from 'node:http2';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { aGateway, aRoute, handFeed, until, upstream } from './rig.ts';

test.each(['HTTP/1.1', 'HTTP/2'])('a body of %s that stands still ends the request also where it was not wanted at first, and an answer that nobody takes does', async (version) => {
  await using a = await upstream((incoming, response) => {
    const more = (): void => {
      while (!response.destroyed) if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', more);
    };
    if (incoming.method === 'GET') more();
    else incoming.resume();
  });
  const feed = handFeed(aRoute('a', []));
  await using gateway = await aGateway(feed, { limits: { stallMs: 100 } });
  const socket = connect(gateway.address.port, '127.0.0.1').on('error', () => undefined);
  const session = version === 'HTTP/2' ? connect2('http://a.test', { createConnection: () => socket }).on('error', () => undefined) : undefined;
  const ask = (method: string): void => {
    if (!session) return void socket.write(`${method} / HTTP/1.1\r\nhost: a.test\r\n${method === 'GET' ? '' : 'content-length: 10\r\n'}\r\n${method === 'GET' ? '' : 'hello'}`);
    const stream = session.request({ ':method': method, ':path': '/', ':authority': 'a.test' }, { endStream: method === 'GET' }).on('error', () => undefined);
    if (method !== 'GET') stream.write('hello');
    stream.pause();
  };
  ask('POST');
  await until(() => gateway.gauges()[0]?.waiting === 1);
  await new Promise((resolve) => setTimeout(resolve, 300));
  feed.put(aRoute('a', [a.origin]));
  await until(() => a.seen.length === 1);
  await until(() => gateway.gauges()[0]?.inFlight === 0);
  socket.destroy();
  await using second = await aGateway(feed, { limits: { stallMs: 100 } });
  const reader = connect(second.address.port, '127.0.0.1').on('error', () => undefined);
  if (session) connect2('http://a.test', { createConnection: () => reader }).on('error', () => undefined).request({ ':path': '/', ':authority': 'a.test' }).on('error', () => undefined).pause();
  else reader.write('GET / HTTP/1.1\r\nhost: a.test\r\n\r\n');
  await until(() => second.gauges()[0]?.inFlight === 1);
  await until(() => second.gauges()[0]?.inFlight === 0);
  reader.destroy();
});

test('who waits long for an answer over HTTP/2, and has sent all that there was, is not taken for one that stands still', async () => {
  await using a = await upstream((incoming, response) => void incoming.resume().on('end', () => setTimeout(() => response.end('at last'), 600)));
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), { limits: { stallMs: 100, keepAliveMs: 100 } });
  const session = connect2(`http://127.0.0.1:${gateway.address.port}`);
  const bodies = await Promise.all(['GET', 'POST'].map(async (method) => {
    const stream = session.request({ ':method': method, ':path': '/', ':authority': 'a.test' });
    if (method === 'POST') stream.end('all of it');
    let body = '';
    for await (const chunk of stream) body += String(chunk);
    return body;
  }));
  expect(bodies).toEqual(['at last', 'at last']);
  session.destroy();
});
