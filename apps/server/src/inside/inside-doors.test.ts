import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { type InsideNetwork, type InsideNetworks, type Route, type RouteChange, systemClock } from '@neb/core-types';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '@neb/core-types/testing';
import { insideDoors } from './inside-doors.ts';
import { insideNames, insideRoute } from './inside-route.ts';
import { withInside } from './with-inside.ts';

const base = { owner: 'o', hosts: ['outside'], holdMs: 50, meters: [], replicas: [] };
const service = (id: string, namespace: string, more: Partial<Route> = {}): Route => ({ ...base, id, kind: 'Service', namespace, name: `Name-${id}`, ...more });

test('what is in a namespace knows a service by its id and by its name, and a container by its id', () => {
  expect(insideNames(service('s1', 'Shop'))).toEqual(['service-s1', 'name-s1.shop']);
  expect(insideNames({ ...service('c1', 'shop'), kind: 'Container' })).toEqual(['container-c1']);
  expect(insideRoute(service('s1', 'shop', { port: 7 }), true)).toMatchObject({ port: 7, hosts: ['service-s1', 'name-s1.shop'] });
  expect(insideRoute(service('s1', 'shop', { port: 7 }), false)).not.toHaveProperty('port');
});

test('what passes within namespaces counts with what passes in front of them', () => {
  const seen = (id: string, inFlight: number) => ({ gauge: { id, inFlight, waiting: 1, answered: 2, failed: 1, latenciesMs: [inFlight] }, inFlight: new Map([['r1', inFlight], [`r-${inFlight}`, 1]]) });
  const plane = { missing: () => undefined, open: async () => ({ address: '', url: '', hosts: [] }), close: async () => undefined, look: (id: string) => (id === 'unknown' ? undefined : seen(id, 3)) };
  const both = withInside(plane, { look: (id) => (id === 'outer' ? undefined : seen(id, 4)) });
  expect(both.look('s1')).toEqual({ gauge: { id: 's1', inFlight: 7, waiting: 2, answered: 4, failed: 2, latenciesMs: [3, 4] }, inFlight: new Map([['r1', 7], ['r-3', 1], ['r-4', 1]]) });
  expect(both.look('outer')).toEqual(seen('outer', 3));
  expect(both.look('unknown')).toBeUndefined();
});

/** Addresses of this machine, as bridges give it some; only Linux has all of 127.0.0.0/8. */
describe.skipIf(process.platform !== 'linux')('the doors within namespaces', () => {
  const [shop, lab]: readonly InsideNetwork[] = [{ namespace: 'shop', address: '127.77.0.2', subnet: '127.77.0.0/16' }, { namespace: 'lab', address: '127.78.0.2', subnet: '127.78.0.0/16' }];

  async function opened() {
    const replica = createServer(({ headers }, answer) => answer.end(JSON.stringify(headers))).listen(0, '127.0.0.1');
    await new Promise((resolve) => replica.once('listening', resolve));
    const origin = `http://127.0.0.1:${(replica.address() as AddressInfo).port}`;
    const named = new Map<string, readonly string[]>();
    const [networks, changes] = [queue<readonly InsideNetwork[]>(), queue<RouteChange>()];
    const inside: InsideNetworks = { host: 'here', watch: (_, call) => networks.read(call?.signal), name: async ({ namespace, names }) => (named.set(namespace, names), 0) };
    const port = await freePort('0.0.0.0');
    const doors = insideDoors({
      providers: [{ name: 'docker', networks: { remove: async () => undefined, inside: [inside] } }], fleet: 'f', clock: systemClock, feed: { watch: (call) => changes.read(call?.signal) },
      ports: [port], hasOwnPorts: true, drainMs: 100, warn: (message, error) => console.warn(message, error), socket: async () => '', waker: { wake: async () => undefined }, admission: { admit: () => ({ do: 'pass' }) },
    });
    onTestFinished(async () => {
      await doors[Symbol.asyncDispose]();
      replica.close();
    });
    return { named, networks, changes, doors, port, put: (route: Route) => changes.push({ put: { ...route, replicas: [{ id: 'r1', origin }] } }) };
  }

  test('open with the first route of a namespace that has a network, to its own routes by name and port', async () => {
    const { named, networks, put, port, doors } = await opened();
    const own = await freePort('0.0.0.0');
    put(service('s1', 'shop', { port: own }));
    put(service('s2', 'lab'));
    networks.push([shop!, lab!]);
    await expect.poll(() => named.size).toBe(2);
    expect(named).toEqual(new Map([['shop', ['name-s1.shop', 'service-s1']], ['lab', ['name-s2.lab', 'service-s2']]]));
    const [atShop, atLab] = [{ host: shop!.address, from: '127.77.0.9', port }, { host: lab!.address, from: '127.78.0.9', port }];
    await expect.poll(() => ask(atShop, 'service-s1')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await ask(atShop, 'name-s1.shop')).toMatch(/^HTTP\/1\.1 200 /);
    await expect.poll(() => ask({ ...atShop, port: own }, 'whatever')).toMatch(/^HTTP\/1\.1 200 /);
    expect(doors.look('s1')).toMatchObject({ gauge: { answered: 3 } });
    // Another namespace's, whoever says its name, and what is known outside only.
    for (const [at, host, more] of [[atShop, 'service-s2', ''], [atShop, 'name-s2.lab', ''], [atLab, 'service-s1', ''], [atShop, 'outside', ''], [atShop, 'x', 'x-resource: Name-s2.lab.service\r\n']] as const) expect(await ask(at, host, more), host).toMatch(/^HTTP\/1\.1 404 /);
    // From elsewhere nobody is heard.
    expect(await ask({ ...atShop, from: '127.78.0.9' }, 'service-s1')).toBe('');
    expect(await ask({ ...atShop, from: '127.0.0.1' }, 'service-s1')).toBe('');
  });

  test('open at the port of a container, and close with the last route or the network', async () => {
    const { named, networks, changes, put, port, doors } = await opened();
    const proxyPort = await freePort('0.0.0.0');
    networks.push([shop!]);
    put({ ...service('c1', 'shop'), kind: 'Container', proxyPort });
    const at = { host: shop!.address, from: '127.77.0.9', port: proxyPort };
    await expect.poll(() => ask(at, `container-c1:${proxyPort}`)).toMatch(/^HTTP\/1\.1 200 /);
    await expect.poll(() => named.get('shop')).toEqual(['container-c1']);
    // Where it cannot be listened, and at a port of the system's, it is no door's.
    const taken = createServer().listen(0, shop!.address);
    await new Promise((resolve) => taken.once('listening', resolve));
    onTestFinished(() => void taken.close());
    put({ ...service('c2', 'shop'), kind: 'Container', proxyPort: (taken.address() as AddressInfo).port });
    put({ ...service('c3', 'shop'), kind: 'Container', proxyPort: 25 });
    put({ ...service('c4', 'shop'), kind: 'Container', proxyPort: port });
    await expect.poll(() => named.get('shop')).toEqual(['container-c1', 'container-c4']);
    for (const id of ['c2', 'c3', 'c4']) changes.push({ remove: id });
    changes.push({ remove: 'c1' });
    await expect.poll(() => ask(at, 'container-c1')).toBe('');
    await expect.poll(() => named.get('shop')).toEqual([]);
    put(service('s1', 'shop'));
    await expect.poll(() => ask({ ...at, port }, 'service-s1')).toMatch(/^HTTP\/1\.1 200 /);
    expect(doors.look('s1')).toMatchObject({ gauge: { answered: 1 } });
    networks.push([]);
    await expect.poll(() => ask({ ...at, port }, 'service-s1')).toBe('');
    expect(doors.look('s1')).toBeUndefined();
  });
});

/** What is answered there; nothing where nobody is heard. */
async function ask({ host, port, from }: { readonly host: string; readonly port: number; readonly from: string }, name: string, more = ''): Promise<string> {
  const socket = connect({ host, port, localAddress: from });
  socket.on('error', () => undefined);
  socket.write(`GET / HTTP/1.1\r\nHost: ${name}\r\n${more}Connection: close\r\n\r\n`);
  let text = '';
  socket.on('data', (chunk: Buffer) => { text += chunk.toString(); });
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

/** What is pushed, to one reader at a time. */
function queue<T>() {
  const all: T[] = [];
  let wake = (): void => undefined;
  return {
    push(one: T): void {
      all.push(one);
      wake();
    },
    async *read(signal: AbortSignal | undefined): AsyncGenerator<T> {
      signal?.addEventListener('abort', () => wake());
      while (signal?.aborted !== true) {
        const one = all.shift();
        if (one !== undefined) yield one;
        else await new Promise<void>((resolve) => { wake = resolve; });
      }
    },
  };
}
