import { containerSpec, type HealthCheck, NebError, type Route, type RouteChange, serviceManifest, timestamp } from '@neb/core-types';
import { fakeClock, seededRandom } from '@neb/core-types/testing';
import { expect, test } from 'vitest';
import { newContainerStatus } from '../src/container/new-status.ts';
import { memoryStore } from '../src/memory-store.ts';
import { routeFeed } from '../src/routes/route-feed.ts';
import { routeOf, routeOfContainer } from '../src/routes/route-of.ts';
import { newServiceStatus } from '../src/service/status.ts';
import type { Resource, Store } from '../src/store.ts';
import { settle } from './harness.ts';

const base = { namespace: 'n', owner: 'o', labels: {}, seq: 0, version: 0, generation: 1, finalizers: [], createdBy: 'o', createdAt: timestamp(0), updatedAt: timestamp(0) };

function service(id: string, more: Record<string, unknown> = {}, status: Partial<Resource<'Service'>['status']> = {}): Resource<'Service'> {
  const { kind, metadata: _, ...spec } = serviceManifest.parse({ container: { image: 'x', ports: [8000] }, ...more });
  return { ...base, kind, id, name: id, spec, status: { ...newServiceStatus, address: '10.0.0.1:7001', url: `http://${id}`, hosts: [id], ...status } };
}

function container(id: string, of: string | undefined, more: Partial<Resource<'Container'>> & { readonly ready?: boolean; readonly address?: string; readonly port?: number; readonly check?: HealthCheck } = {}): Resource<'Container'> {
  const { ready = true, address = '172.17.0.2', port, check, ...rest } = more;
  return {
    ...base, kind: 'Container', id, name: id, labels: of === undefined ? {} : { 'neb.service': of, 'neb.service-id': of }, spec: containerSpec.parse({ image: 'x', ...(port !== undefined && { proxy_port: port }), ...(check && { health_check: check }) }),
    status: { ...newContainerStatus, status: 'running', ready, address }, ...rest,
  };
}

const never = (): boolean => false;

test('a route says of a service what a gateway has to know', () => {
  const full = service('web', {
    max_in_flight: 4, hold: '1m', request_timeout: '2s', rate_limit: { requests: 30, per: '1m', by: 'service' }, authz: { default_action: 'allow' },
    meters: [{ cost: 1, currency: 'USD', unit: 'token', response_json_value: '$.usage.total_tokens' }],
  }, { start_ms: 900, keys: [{ id: 'k1', name: 'a', sha256: 'ff', created_at: timestamp(0), created_by: 'o', expires_at: timestamp(5) }, { id: 'k2', name: 'b', sha256: 'fe', created_at: timestamp(0), created_by: 'o' }], draining: [{ id: 'c2', since: timestamp(0) }] });
  expect(routeOf(full, [
    container('c1', 'web', { port: 9000 }), container('c2', 'web', { ready: false }), container('c3', 'web', { ready: false }), container('c4', 'web', { deletedAt: timestamp(0) }),
    container('c5', 'web', { address: 'fd00::2' }), container('c6', 'web', { status: { ...newContainerStatus, status: 'running', ready: true } }),
  ], never)).toEqual({
    id: 'web', kind: 'Service', namespace: 'n', name: 'web', owner: 'o', hosts: ['web'], port: 7001, maxInFlight: 4, holdMs: 60_000, startMs: 900, timeoutMs: 2_000,
    rate: { perSecond: 0.5, burst: 30, per: 'route' }, authz: { default_action: 'allow' }, keys: [{ id: 'k1', sha256: 'ff', expiresMs: 5 }, { id: 'k2', sha256: 'fe' }], meters: [expect.objectContaining({ metric: 'response_value' })],
    replicas: [{ id: 'c1', origin: 'http://172.17.0.2:9000' }, { id: 'c2', origin: 'http://172.17.0.2:8000', draining: true }, { id: 'c5', origin: 'http://[fd00::2]:8000' }],
  });
  expect(routeOf(service('web'), [], never)).toEqual({ id: 'web', kind: 'Service', namespace: 'n', name: 'web', owner: 'o', hosts: ['web'], port: 7001, holdMs: 300_000, replicas: [], meters: [] });
  expect(routeOf({ ...service('web'), status: newServiceStatus }, [], never)).toBeUndefined();
  expect(routeOf({ ...service('web'), deletedAt: timestamp(0) }, [], never)).toBeUndefined();
});

test('one that runs and is not ready yet is told with what shows that it is', () => {
  const replicasOf = (...containers: readonly Resource<'Container'>[]) => routeOf(service('web'), containers, never)!.replicas;
  const at = (id: string, more: Parameters<typeof container>[2]) => container(id, 'web', { ready: false, ...more });
  expect(replicasOf(at('c1', { check: { protocol: 'tcp', port: 8000 } }), at('c2', { check: { path: '/up', port: 9000 }, address: 'fd00::2' }), container('c3', 'web', { check: { path: '/up' } }))).toEqual([
    { id: 'c1', origin: 'http://172.17.0.2:8000', check: 'tcp://172.17.0.2:8000' },
    { id: 'c2', origin: 'http://[fd00::2]:8000', check: 'http://[fd00::2]:9000/up' },
    { id: 'c3', origin: 'http://172.17.0.2:8000' },
  ]);
  expect(replicasOf(at('c1', { check: { protocol: 'tcp' }, status: { ...newContainerStatus, status: 'creating', address: '172.17.0.2' } }))).toEqual([]);
});

test('one on a platform that only dialling leads into is told by its instance, whatever address it has there', () => {
  const isDialled = (platform: string): boolean => platform === 'far';
  const at = (platform: string, more: object = {}) => ({ number: 1, key: 'c1-1', platform, region: 'r', offer: 'o', price_per_hour: '0', intended_at: timestamp(0), ...more });
  const running = (attempt: ReturnType<typeof at>, more: object = {}) => ({ ...newContainerStatus, status: 'running' as const, ready: true, attempt, ...more });
  const [via, zone] = [{ platform: 'far', ref: 'i-1' }, 'far/r'];
  const replicasOf = (one: Parameters<typeof container>[2]) => routeOf(service('web'), [container('c1', 'web', one)], isDialled)!.replicas;
  expect(replicasOf({ status: running(at('far', { ref: 'i-1' })) })).toEqual([{ id: 'c1', origin: 'http://c1:8000', via, zone }]);
  expect(replicasOf({ status: running(at('far', { ref: 'i-1' }), { address: '10.0.0.2', ready: false }), check: { path: '/up', port: 8000 } })).toEqual([{ id: 'c1', origin: 'http://c1:8000', via, zone, check: 'http://c1:8000/up' }]);
  expect(replicasOf({ status: running(at('far')) })).toEqual([]);
  expect(replicasOf({ status: running(at('near', { ref: 'i-1' }), { address: '10.0.0.2' }) })).toEqual([{ id: 'c1', origin: 'http://10.0.0.2:8000', zone: 'near/r' }]);
  expect(routeOfContainer(container('c1', undefined, { port: 80, status: running(at('far', { ref: 'i-1' })) }), isDialled)?.replicas).toEqual([{ id: 'c1', origin: 'http://c1:80', via, zone }]);
});

test('a container with a proxy_port has a route of its own, one of a service has not', () => {
  expect(routeOfContainer(container('c1', undefined, { port: 80 }), never)).toEqual({
    id: 'c1', kind: 'Container', namespace: 'n', name: 'c1', owner: 'o', hosts: ['container-c1'], proxyPort: 80, holdMs: 300_000, meters: [], replicas: [{ id: 'c1', origin: 'http://172.17.0.2:80' }],
  });
  expect(routeOfContainer(container('c1', undefined, { port: 80, ready: false }), never)).toMatchObject({ replicas: [] });
  expect(routeOfContainer(container('c1', undefined), never)).toBeUndefined();
  expect(routeOfContainer(container('c1', 'web', { port: 80 }), never)).toBeUndefined();
});

/** A gateway that listens, and a store that can be away. */
function listening({ keepChanges = 10_000, startsAway = false } = {}) {
  const [clock, random] = [fakeClock(), seededRandom(1)];
  const store = memoryStore({ clock, random, keepChanges });
  let [isAway, isUnreadable, syncs] = [startsAway, false, 0];
  const here = (): void => { if (isAway) throw new NebError('unavailable', 'the database is away'); };
  const readable = (): void => {
    here();
    if (isUnreadable) throw new NebError('timeout', 'the database is slow');
  };
  const seen: Pick<Store, 'get' | 'list' | 'cursor' | 'changes'> = {
    get: async (kind, id) => (readable(), await store.get(kind, id)),
    list: async (query) => (readable(), await store.list(query)),
    cursor: async () => (here(), await store.cursor()),
    async *changes(options) {
      here();
      for await (const entry of store.changes(options)) {
        here();
        yield entry;
        here();
      }
    },
  };
  const table = new Map<string, Route>();
  const told: RouteChange[] = [];
  const stop = new AbortController();
  const over = (async () => {
    for await (const change of routeFeed(seen, { clock, random, providers: [] }).watch({ signal: stop.signal })) {
      told.push(change);
      if ('put' in change) table.set(change.put.id, change.put);
      else if ('remove' in change) table.delete(change.remove);
      else syncs++;
    }
  })();
  return {
    store, clock, table, told,
    put: async (...resources: readonly Resource[]) => { await store.commit(resources.map((resource) => ({ do: 'put', resource }))); },
    at: () => Object.fromEntries([...table].map(([id, { replicas }]) => [id, replicas.map((one) => (one.draining ? `${one.id} drains` : one.id))])),
    synced: () => syncs,
    away: (now: boolean) => { isAway = now; },
    /** Changes are told still, and what changed cannot be read. */
    unreadable: (now: boolean) => { isUnreadable = now; },
    async pass(ms = 0) {
      for (let passed = 0; passed <= ms; passed += 1_000) {
        clock.advance(Math.min(ms, 1_000));
        await settle(10);
      }
    },
    async stop() {
      stop.abort();
      await over;
    },
  };
}

test('first comes all there is, then that it is all, then what changes, each once', async () => {
  const g = listening();
  await g.put(service('web'), container('c1', 'web'), container('c2', 'web', { ready: false }), container('solo', undefined, { port: 80 }), container('plain', undefined));
  await g.pass();
  expect(g.at()).toEqual({ web: ['c1'], solo: ['solo'] });
  expect([g.synced(), g.told.length, g.told.findIndex((one) => 'synced' in one)]).toEqual([1, 3, 2]);
  const c2 = (await g.store.get('Container', 'c2'))!;
  await g.put({ ...c2, status: { ...c2.status, ready: true } }, container('c3', 'web'));
  const web = (await g.store.get('Service', 'web'))!;
  await g.put({ ...web, status: { ...web.status, draining: [{ id: 'c1', since: timestamp(0) }], traffic: { at: timestamp(0), rps: 1, in_flight: 0, waiting: 0 } } });
  await g.pass();
  expect(g.at()).toEqual({ web: ['c1 drains', 'c2', 'c3'], solo: ['solo'] });
  const before = g.told.length;
  const again = (await g.store.get('Service', 'web'))!;
  await g.put({ ...again, status: { ...again.status, traffic: { at: timestamp(0), rps: 99, in_flight: 0, waiting: 0 } } });
  await g.pass();
  expect(g.told.length).toBe(before);
  const c1 = (await g.store.get('Container', 'c1'))!;
  const solo = (await g.store.get('Container', 'solo'))!;
  await g.store.commit([{ do: 'drop', resource: c1 }, { do: 'put', resource: { ...solo, goneAt: timestamp(0) } }]);
  await g.pass();
  expect(g.at()).toEqual({ web: ['c2', 'c3'] });
  const gone = (await g.store.get('Service', 'web'))!;
  await g.put({ ...gone, deletedAt: timestamp(0) });
  await g.pass();
  expect([g.at(), g.synced()]).toEqual([{}, 1]);
  await g.stop();
});

test('while the database is away what is known stays, and what changed meanwhile is told afterwards', async () => {
  const g = listening();
  await g.put(service('web'), container('c1', 'web'));
  await g.pass();
  g.away(true);
  await g.put(container('c2', 'web'));
  await g.pass(60_000);
  expect(g.at()).toEqual({ web: ['c1'] });
  await g.put(service('api'), container('c3', 'api'));
  g.away(false);
  await g.pass(10_000);
  expect([g.at(), g.synced()]).toEqual([{ web: ['c1', 'c2'], api: ['c3'] }, 1]);
  expect(g.told.some((one) => 'remove' in one)).toBe(false);
  await g.stop();
});

test('what changed and could not be read is read again', async () => {
  const g = listening({ startsAway: true });
  await g.put(service('web'), container('c1', 'web'));
  await g.pass(1_000);
  g.unreadable(true);
  g.away(false);
  await g.pass(5_000);
  expect(g.told).toEqual([]);
  g.unreadable(false);
  await g.pass(5_000);
  g.unreadable(true);
  await g.put(container('c2', 'web'));
  await g.pass(5_000);
  expect([g.at(), g.synced()]).toEqual([{ web: ['c1'] }, 1]);
  g.unreadable(false);
  await g.pass(5_000);
  expect([g.at(), g.synced()]).toEqual([{ web: ['c1', 'c2'] }, 1]);
  await g.stop();
});

test('a gateway that starts while the database is away waits, and says nothing of being synced', async () => {
  const g = listening({ startsAway: true });
  await g.put(service('web'), container('c1', 'web'));
  await g.pass(30_000);
  expect(g.told).toEqual([]);
  g.away(false);
  await g.pass(10_000);
  expect([g.at(), g.synced()]).toEqual([{ web: ['c1'] }, 1]);
  await g.stop();
});

test('one that fell behind what the feed keeps is told the difference, and nothing goes that is still there', async () => {
  const g = listening({ keepChanges: 4 });
  await g.put(service('web'), container('c1', 'web'), service('old'));
  await g.pass();
  g.away(true);
  await g.put(container('c2', 'web'));
  await g.pass(10_000);
  const old = (await g.store.get('Service', 'old'))!;
  await g.put({ ...old, goneAt: timestamp(0) });
  for (let n = 0; n < 30; n++) await g.put(container(`d${n}`, undefined));
  g.away(false);
  await g.pass(10_000);
  expect([g.at(), g.synced()]).toEqual([{ web: ['c1', 'c2'] }, 1]);
  expect(g.told.filter((one) => 'remove' in one)).toEqual([{ remove: 'old' }]);
  await g.stop();
});
