import type { Clock } from '@neb/core-types';
import type { Catalogue } from './catalogue.ts';
import { graphql, graphqlPath } from './graphql.ts';
import { type Pod, shown } from './pod.ts';
import type { Pods } from './pods.ts';
import { Problem } from './problem.ts';
import { checked, createNetworkVolume, createPod, createRegistry, podAction, updatePod } from './requests.ts';
import type { Shelf } from './shelf.ts';

/** A request that found its route. */
export interface Asked {
  /** The id in its path. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
  /** The pod whose own key was used; `undefined` for the account's. */
  readonly by: Pod | undefined;
}

/** What a call comes to. */
export type Answer =
  | { readonly status: 200 | 201; readonly body: object }
  | { readonly status: 204 }
  | { readonly status: 'stream'; readonly pod: Pod; readonly asked: Asked };

/** One operation of the API, under the name it has in RunPod's description. */
export interface Route {
  readonly method: string;
  /** With `{id}` for one segment. */
  readonly path: string;
  readonly operation: string;
  handle(asked: Asked): Answer | Promise<Answer>;
}

/** What an account has. */
export interface Account {
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly pods: Pods;
  readonly volumes: Shelf<Volume>;
  readonly registries: Shelf<Registry>;
}

export interface Volume {
  readonly name: string;
  readonly size: number;
  readonly dataCenter: string;
  readonly type: 'STANDARD' | 'HIGH_PERFORMANCE';
}

export interface Registry {
  readonly name: string;
  readonly username: string;
  readonly password: string;
}

/** The part of RunPod's REST v2 that runs containers. */
export function routes(account: Account): readonly Route[] {
  const { catalogue, volumes, registries } = account;
  return [
    ...podRoutes(account),
    { method: 'POST', path: graphqlPath, operation: 'graphql', handle: ({ body }) => ok(graphql(account, body)) },
    { method: 'GET', path: '/v2/catalog/gpus', operation: 'listGpuTypes', handle: ({ query }) => ok(catalogue.gpus(withProduct(query))) },
    { method: 'GET', path: '/v2/catalog/cpus', operation: 'listCpuTypes', handle: ({ query }) => ok(catalogue.cpus(withProduct(query))) },
    { method: 'GET', path: '/v2/catalog/datacenters', operation: 'listDataCenters', handle: () => ok(catalogue.dataCenters()) },
    { method: 'GET', path: '/v2/network-volumes', operation: 'listNetworkVolumes', handle: () => ok({ networkVolumes: volumes.all() }) },
    { method: 'POST', path: '/v2/network-volumes', operation: 'createNetworkVolume', handle: ({ body }) => made(volumes.add(checked(createNetworkVolume, body))) },
    { method: 'DELETE', path: '/v2/network-volumes/{id}', operation: 'deleteNetworkVolume', handle: ({ id }) => removed(volumes.remove(id), 'network volume') },
    { method: 'GET', path: '/v2/registries', operation: 'listRegistries', handle: () => ok({ registries: registries.all().map(named) }) },
    { method: 'POST', path: '/v2/registries', operation: 'createRegistry', handle: ({ body }) => made(named(registries.add(checked(createRegistry, body)))) },
    { method: 'DELETE', path: '/v2/registries/{id}', operation: 'deleteRegistry', handle: ({ id }) => removed(registries.remove(id), 'registry credential') },
  ];
}

function podRoutes({ pods, catalogue, clock }: Account): readonly Route[] {
  const wire = (pod: Pod): object => {
    const { cpu } = pod.request;
    return shown(pod, { now: clock.now(), memory: cpu && Math.round(cpu.vcpuCount * (catalogue.cpu(cpu.id)?.ramGbPerVcpu ?? 1)) });
  };
  const own = ({ id, by }: Asked): Pod => {
    if (by && by.id !== id) throw new Problem(403, 'access denied');
    return pods.need(id);
  };

  return [
    { method: 'GET', path: '/v2/pods', operation: 'listPods', handle: () => ok({ pods: pods.listed().map(wire) }) },
    { method: 'POST', path: '/v2/pods', operation: 'createPod', handle: ({ body }) => made(wire(pods.create(checked(createPod, body)))) },
    { method: 'GET', path: '/v2/pods/{id}', operation: 'getPod', handle: (asked) => ok(wire(own(asked))) },
    {
      method: 'PATCH', path: '/v2/pods/{id}', operation: 'updatePod',
      handle(asked) {
        const pod = own(asked);
        const { name, env } = checked(updatePod, asked.body);
        if (name !== undefined) pod.name = name;
        if (env !== undefined) pod.env = env;
        return ok(wire(pod));
      },
    },
    {
      method: 'DELETE', path: '/v2/pods/{id}', operation: 'deletePod',
      async handle(asked) {
        await pods.act(own(asked), 'terminate');
        return { status: 204 };
      },
    },
    {
      method: 'POST', path: '/v2/pods/{id}/action', operation: 'podAction',
      async handle(asked) {
        const pod = own(asked);
        const { action } = checked(podAction, asked.body);
        await pods.act(pod, action);
        return action === 'terminate' ? { status: 204 } : ok(wire(pod));
      },
    },
    { method: 'GET', path: '/v2/pods/{id}/logs', operation: 'getPodLogs', handle: (asked) => ({ status: 'stream', pod: own(asked), asked: withTail(asked) }) },
  ];
}

const ok = (body: object): Answer => ({ status: 200, body });
const made = (body: object): Answer => ({ status: 201, body });

function removed(was: boolean, what: string): Answer {
  if (!was) throw new Problem(404, `${what} not found`);
  return { status: 204 };
}

/** Credentials are write-only. */
const named = ({ id, name }: { readonly id: string; readonly name: string }): object => ({ id, name });

function withProduct(query: URLSearchParams): URLSearchParams {
  if (query.has('include') !== query.has('product')) throw new Problem(400, 'include=AVAILABILITY and product go together');
  return query;
}

function withTail(asked: Asked): Asked {
  const tail = Number(asked.query.get('tail') ?? 0);
  if (Number.isInteger(tail) && tail >= 0 && tail <= 5_000) return asked;
  throw new Problem(422, 'Request validation failed.', { errors: ['tail: must be 0 to 5000'] });
}
