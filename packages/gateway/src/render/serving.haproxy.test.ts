import { createServer, type IncomingMessage, request } from 'node:http';
import { once } from 'node:events';
import { seededRandom } from '@neb/core-types/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '@neb/core-types/testing';
import { complaintsOf, haproxy, haproxyFolder } from '../../test/haproxy-process.ts';
import { plainRoute } from '../../test/plain-route.ts';
import { mintDoorKey } from '../authz/door-key.ts';
import { haproxyConfig, type HaproxyOptions } from './haproxy.ts';

const random = seededRandom(9);
const [key, late, other] = [mintDoorKey(random), { ...mintDoorKey(random), expiresMs: Date.UTC(2000) }, mintDoorKey(random)];
await using place = await haproxyFolder();
const { folder } = place;
const upstreams = await Promise.all(['one', 'two', 'old'].map(async (name) => {
  let asked = 0;
  const server = createServer((incoming, answer) => {
    asked++;
    answer.end(JSON.stringify({ name, url: incoming.url, authorization: incoming.headers.authorization ?? null, resource: incoming.headers['x-resource'] ?? null, from: incoming.headers['x-forwarded-for'] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { name, server, origin: `http://127.0.0.1:${(server.address() as { port: number }).port}`, asked: () => asked };
}));
const [one, two, old] = upstreams as [(typeof upstreams)[0], (typeof upstreams)[0], (typeof upstreams)[0]];
// Takes requests and never answers.
const dying: string[] = [];
const dead = createServer(({ method, socket }) => {
  dying.push(method!);
  socket.destroy();
}).listen(0, '127.0.0.1');
await once(dead, 'listening');
const [port, own, nobody] = [await freePort(), await freePort(), await freePort()];
const options: HaproxyOptions = { folder, bind: `127.0.0.1:${port}`, nowMs: 0, maxConnections: 200 };
const routes = [
  plainRoute({ keys: [key, late], port: own, maxInFlight: 4, replicas: [{ id: 'r1', origin: one.origin }, { id: 'r0', origin: `http://127.0.0.1:${nobody}` }, { id: 'r9', origin: old.origin, draining: true }] }),
  plainRoute({ keys: [other], id: 'svc2', name: 'other', hosts: ['other.ml.localhost'], replicas: [{ id: 'r2', origin: two.origin }] }),
  plainRoute({ keys: [key], id: 'dead', name: 'dead', hosts: ['dead.ml.localhost'], replicas: [{ id: 'r3', origin: `http://127.0.0.1:${(dead.address() as { port: number }).port}` }] }),
  plainRoute({ keys: [key], id: 'empty', kind: 'Container', name: 'box.v2', hosts: ['box.ml.localhost'], holdMs: 100 }),
];
let running: AsyncDisposable;
beforeAll(async () => { running = await haproxy(haproxyConfig(routes, options), { folder, port }); });
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  for (const server of [dead, ...upstreams.map((upstream) => upstream.server)]) server.close();
});

interface Asked {
  readonly host?: string;
  readonly resource?: string;
  readonly token?: string;
  readonly at?: number;
  readonly method?: string;
}

async function ask({ host = 'chat.ml.localhost', resource, token = key.text, at = port, method = 'GET' }: Asked = {}): Promise<{ status: number; name?: string; url?: string; authorization?: string; resource?: string; from?: string }> {
  const headers = { host, 'x-forwarded-for': '6.6.6.6', ...(resource !== undefined && { 'x-resource': resource }), ...(token !== '' && { authorization: `Bearer ${token}` }) };
  const asking = request({ port: at, host: '127.0.0.1', path: '/v1/x?y=1', method, headers, agent: false }).end();
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  const text = (await answer.toArray()).join('');
  return { status: answer.statusCode!, ...(answer.statusCode === 200 && (JSON.parse(text) as object)) };
}

describe('the real HAProxy', () => {
  test('takes the configuration without a word, whatever routes are called', async () => {
    await using elsewhere = await haproxyFolder();
    const hostile = ['x\n  server evil 1.2.3.4:1', '#"\\', 'a b', 'é'].map((name, at) => plainRoute({
      id: name, name, hosts: [name, `h${at}.localhost`], replicas: [{ id: name, origin: 'http://[::1]:80' }, { id: `${name}2`, origin: 'http://localhost:80' }], ...(at === 0 && { port: own }),
    }));
    for (const access of ['open', 'keys'] as const) {
      const config = haproxyConfig([...routes, ...hostile.map((route) => ({ ...route, maxInFlight: 3, timeoutMs: 10 }))].filter((route, at) => at > 0 || route.port === undefined), { ...options, folder: elsewhere.folder, access, health: '/health?a=1', balance: 'random(2)' });
      expect(await complaintsOf(config, elsewhere.folder)).toBe('');
    }
    expect(await complaintsOf({ files: { 'haproxy.cfg': 'nonsense\n', 'hosts.map': '', 'resources.map': '' }, warnings: [] }, elsewhere.folder)).toContain('nonsense');
  });

  test.each<[string, Asked, string]>([
    ['host', {}, 'one'], ['host in any case, with a port', { host: `CHAT.ml.LocalHost:${port}` }, 'one'], ['host with its last dot', { host: 'chat.ml.localhost.' }, 'one'],
    ['resource', { resource: 'other.ml.Service', token: other.text }, 'two'], ['resource before host', { resource: 'chat.ml.service', host: 'other.ml.localhost' }, 'one'], ['port of its own', { at: own, host: 'whatever' }, 'one'],
  ])('finds a route by its %s', async (_name, asked, expected) => {
    expect(await ask(asked)).toEqual({ status: 200, name: expected, url: '/v1/x?y=1', authorization: null, resource: null, from: '127.0.0.1' });
  });

  test.each<[string, Asked, number]>([
    ['no such host', { host: 'evil.localhost' }, 404], ['no such resource, whatever its host', { resource: 'nope.ml.Service' }, 404], ['two hosts in one', { host: 'chat.ml.localhost other.ml.localhost' }, 404],
    ['no key', { token: '' }, 401], ['a key of another route', { token: other.text }, 401], ['a key that is over', { token: late.text }, 401], ['the hash of a key', { token: `nebd_x_${key.sha256}` }, 401],
    ['no key at a port of its own', { at: own, token: '' }, 401], ['nobody there', { host: 'box.ml.localhost' }, 503],
  ])('answers as it should: %s', async (_name, asked, status) => expect((await ask(asked)).status).toBe(status));

  test('asks another replica where one does not take the connection, and none that drains', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => ask({ method: at % 2 ? 'POST' : 'GET' })));
    expect(new Set(answers.map(({ status, name }) => `${status} ${name}`))).toEqual(new Set(['200 one']));
    expect(old.asked()).toBe(0);
  });

  test('sends again what a replica died of only where repeating it changes nothing', async () => {
    expect((await ask({ host: 'dead.ml.localhost', method: 'POST' })).status).toBe(502);
    expect(dying).toEqual(['POST']);
    expect((await ask({ host: 'dead.ml.localhost' })).status).toBe(502);
    expect(dying.slice(1)).toEqual(['GET', 'GET', 'GET', 'GET']);
  });
});
