import { once } from 'node:events';
import { connect as connect2 } from 'node:http2';
import { connect } from 'node:tls';
import { selfSigned } from '@neb/core-types/testing';
import { expect, test } from 'vitest';
import { aGateway, aRoute, handFeed, until, upstream } from './rig.ts';
import { agreeing, answered, ask2 } from './upgrade-rig.ts';

test('TLS speaks the version the client wants, tells replicas of it, and keeps to the name it began with', async () => {
  const seen: unknown[] = [];
  await using a = await upstream((incoming, response) => {
    seen.push(incoming.headers['x-forwarded-proto']);
    response.end('safe');
  });
  const { key, cert } = selfSigned('a.test');
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin]), aRoute('b', [a.origin])), { listen: { port: 0, tls: { key, cert } } });
  const { port } = gateway.address;
  const ask = async (servername: string, host: string): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1', servername, ca: cert, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
    await once(socket, 'secureConnect');
    socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    return text;
  };
  expect(await ask('a.test', 'a.test')).toMatch(/^HTTP\/1\.1 200 [^]*safe$/);
  expect(await ask('a.test', 'b.test')).toMatch(/^HTTP\/1\.1 421 /);
  expect(seen).toEqual(['https']);

  const session = connect2(`https://a.test:${port}`, { createConnection: () => connect({ port, host: '127.0.0.1', servername: 'a.test', rejectUnauthorized: false, ALPNProtocols: ['h2'] }) });
  const status = async (authority: string): Promise<unknown> => {
    const stream = session.request({ ':path': '/', ':authority': authority });
    stream.resume();
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    return headers[':status'];
  };
  expect(await Promise.all([status('a.test'), status('b.test')])).toEqual([200, 421]);
  session.destroy();
});

test('what is no TLS is not answered', async () => {
  const { key, cert } = selfSigned('a.test');
  await using gateway = await aGateway(handFeed(), { listen: { port: 0, tls: { key, cert } } });
  const { raw } = await import('./rig.ts');
  const { text, closed } = await raw(gateway.address.port, 'GET / HTTP/1.1\r\nhost: a.test\r\n\r\n', 3_000);
  expect(closed).toBe(true);
  expect(text).not.toMatch(/HTTP/);
});

test('a WebSocket over HTTP/2 and TLS, as browsers ask for it, passes to the host that the connection was made for and to no other', async () => {
  let proto: unknown;
  const a = await agreeing((socket, request) => {
    proto = request.headers['x-forwarded-proto'];
    socket.pipe(socket);
  });
  const { key, cert } = selfSigned('a.test');
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin]), aRoute('b', [a.origin])), { listen: { port: 0, tls: { key, cert } } });
  const session = connect2('https://a.test', { createConnection: () => connect({ port: gateway.address.port, host: '127.0.0.1', servername: 'a.test', rejectUnauthorized: false, ALPNProtocols: ['h2'] }) });
  session.on('error', () => undefined);
  await once(session, 'remoteSettings');
  const stream = ask2(session, 'a.test', { ':scheme': 'https' });
  expect(await answered(stream)).toMatchObject({ ':status': 200 });
  stream.write('there and back');
  expect(String((await once(stream, 'data'))[0])).toBe('there and back');
  expect(await answered(ask2(session, 'b.test', { ':scheme': 'https' }))).toMatchObject({ ':status': 421 });
  expect(proto).toBe('https');
  session.destroy();
  await until(() => gateway.gauges().every(({ inFlight }) => inFlight === 0));
});
