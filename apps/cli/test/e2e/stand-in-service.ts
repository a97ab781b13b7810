import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Caller, NebError, type Service, type ServiceRevision } from '@neb/core-types';
import { type Applied, type LogEntry, type RolloutView, router, type Services, type Watched } from '@neb/sdk/contract';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { spent } from './stand-in.ts';

/** A server as the command line meets it on the wire, whose one service is what the test says. */
export interface ServiceStandIn extends AsyncDisposable {
  readonly url: string;
  service: Service;
  /** What the gateway in front of it answers. */
  answer: RequestListener;
  /** What was asked of the server, in order. */
  readonly asked: unknown[];
  /** What is rolled out, a view a look; the last one stays. */
  readonly rollouts: Partial<RolloutView>[];
  /** Whether something is written of it right after the next look. */
  isBusy: boolean;
}

const at = '2026-11-24T08:00:00.000Z';
const ada: Caller = { id: 'ada@example.com', handle: 'ada', roles: {}, admin: false };
const metadata = { name: 'web', namespace: 'my-app', id: 's1', owner: ada.id, labels: {}, created_at: at, created_by: ada.id, updated_at: at, generation: 1, version: 7 };
const revisions: readonly ServiceRevision[] = [
  { revision: 1, template: 'a', at, outcome: 'good', spec: { container: { image: 'web:1' } } },
  { revision: 2, template: 'b', at, outcome: 'good', cause: 'rollout undo to revision 1', spec: { container: { image: 'web:2' } } },
];

export async function serviceStandIn(): Promise<ServiceStandIn> {
  const gateway = await listening((request, response) => state.answer(request, response));
  const port = portOf(gateway);
  const state: Omit<ServiceStandIn, 'url' | typeof Symbol.asyncDispose> = {
    asked: [], rollouts: [], isBusy: false,
    answer: (_, response) => void response.end('hello\n'),
    service: {
      kind: 'Service', metadata, container: { kind: 'Container', image: 'web:2', restart: 'Never' }, min_replicas: 0, max_replicas: 5,
      status: {
        status: 'running', address: `127.0.0.1:${port}`, url: `http://web.my-app.localhost:${port}`, hosts: ['web.my-app.localhost'], replicas: { desired: 3, ready: 2, starting: 1, draining: 0 },
        traffic: { at, rps: 12.34, in_flight: 3, waiting: 0, p50_ms: 20, p95_ms: 87.6 }, revision: 2, history: [...revisions], start_ms: 2_000, conditions: [],
      },
    },
  };
  const only = (): Service => state.service;
  const rollout = (): RolloutView => {
    const { status: { revision, replicas, history } } = only();
    const next = state.rollouts.length > 1 ? state.rollouts.shift() : state.rollouts[0];
    return { namespace: 'my-app', name: 'web', state: 'good', asked: revision, revision, replicas, history: history.toReversed(), ...next };
  };
  const changed = (what: unknown, status: Partial<Service['status']>): Service => {
    state.asked.push(what);
    const { pinned: _, ...rest } = only().status;
    return (state.service = { ...only(), status: { ...rest, ...status } });
  };

  const services: Services['services'] = {
    list: async () => ({ items: [only()], position: 'p0' }),
    get: async (_, ref) => {
      const seen = only();
      if (state.isBusy) state.service = { ...seen, metadata: { ...seen.metadata, version: seen.metadata.version + 1 } };
      state.isBusy = false;
      if (('name' in ref ? ref.name : ref.id) === ('name' in ref ? 'web' : 's1')) return seen;
      throw new NebError('not_found', `there is no service ${'name' in ref ? ref.name : ref.id}`);
    },
    delete: async () => changed('delete', { status: 'deleting' }),
    async *watch(): AsyncGenerator<Watched<Service>> {
      for (let n = 1; n <= 5; n++) yield { do: 'changed', position: `p${n}`, object: only() };
      yield { do: 'gone', position: 'p6', id: 's1', namespace: 'my-app', name: 'web' };
    },
    scale: async (_, { replicas }) => changed(['scale', replicas], { ...(replicas !== undefined && { pinned: replicas }) }),
    rollout: async () => rollout(),
    undo: async (_, { revision }) => changed(['undo', revision], {}),
    restart: async () => changed('restart', { restarted_at: at }),
    createKey: async (_, { name, expires_at }) => {
      const key = { id: `k-${name}`, name, created_at: at, created_by: ada.id, expires_at };
      changed(['key', name, expires_at !== undefined], { keys: [...(only().status.keys ?? []), { ...key, sha256: 'x' }] });
      return { key, token: `nebd_${name}` };
    },
    keys: async () => only().status.keys ?? [],
    revokeKey: async (_, { id }) => {
      const { keys = [] } = only().status;
      const key = keys.find((one) => one.id === id);
      if (!key) throw new NebError('not_found', `service my-app/web has no key ${id}`);
      changed(['revoke', id], { keys: keys.filter((one) => one !== key) });
      return key;
    },
    explain: async () => ({
      service: only(), traffic: only().status.traffic, rollout: rollout(), events: [],
      policy: { min: 0, max: 5, up: { aboveMs: 100, holdMs: 10_000 }, down: { belowMs: 10, holdMs: 300_000 }, zero: { holdMs: 600_000 } },
      replicas: ['a', 'b', 'new'].map((id) => ({ id, name: `web-${id}`, status: id === 'new' ? 'creating' : 'running', ready: id !== 'new', draining: id === 'b', current: id !== 'b' })),
      decision: { at, desired: 3, reason: '95 in 100 within 240ms, above 100ms for 10s' },
    }),
  };
  const containers = {
    list: async () => ({ items: [], position: 'p0' }),
    // Nothing ever comes.
    watch: (_: Caller, __: unknown, signal: AbortSignal): AsyncIterable<never> => ({
      [Symbol.asyncIterator]: () => ({ next: () => new Promise((resolve) => signal.addEventListener('abort', () => resolve({ done: true, value: undefined }), { once: true })) }),
    }),
    async *logs(_: Caller, { ref }: { readonly ref: { readonly id: string } }): AsyncGenerator<LogEntry> {
      if (ref.id === 'new') throw new NebError('conflict', 'it has not started');
      yield { at, stream: 'stdout', text: `hello from ${ref.id}`, attempt: 1, position: '1' };
    },
  };
  const apply: Services['apply'] = async (_, { manifests, expected }): Promise<readonly Applied[]> => {
    state.asked.push(['apply', manifests, expected]);
    // As where the control loop wrote it between a look and a write.
    if (expected?.[0]?.version !== only().metadata.version) throw new NebError('conflict', 'it was changed meanwhile', { details: { final: true, stale: true } });
    return [{ kind: 'Service', outcome: 'configured', id: 's1', namespace: 'my-app', name: 'web', after: {}, changes: [], restarts: false, warnings: [] }];
  };
  const api = { services, containers, apply, billing: spent } as unknown as Services;
  const handle = createHTTPHandler({ router, basePath: '/trpc/', createContext: () => ({ caller: ada, services: api, requestId: 'r1' }) });
  const server = await listening((request: IncomingMessage, response) => void handle(request, response));
  return Object.assign(state, {
    url: `http://127.0.0.1:${portOf(server)}`,
    async [Symbol.asyncDispose]() {
      for (const one of [server, gateway]) {
        one.closeAllConnections();
        await new Promise((resolve) => one.close(resolve));
      }
    },
  });
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function listening(answer: RequestListener): Promise<Server> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
