import { paginate, type Route, type RouteChange } from '@neb/core-types';
import { isDeepStrictEqual } from 'node:util';
import { crewsOf } from '../crew/containers-of.ts';
import { crewLabels, ownerOf } from '../crew/labels.ts';
import type { Resource, Store } from '../store.ts';
import type { Moved } from './movements.ts';
import { type IsDialled, routeOf, routeOfContainer } from './route-of.ts';

type Reads = Pick<Store, 'get' | 'list'>;

/** The routes that were told, and what has to be told next. It never forgets one because it could not look. */
export interface RouteTable {
  /** The service of a container that is known to be of one. */
  subjectOf(moved: Moved): Moved;
  /** What makes the table that of all there is; throws, and changes nothing, where the store cannot be read. */
  renew(store: Reads, signal: AbortSignal | undefined): Promise<readonly RouteChange[]>;
  /** What follows from objects that moved; they are read together. */
  follow(store: Reads, moved: readonly Moved[], signal: AbortSignal | undefined): Promise<readonly RouteChange[]>;
}

export function routeTable(isDialled: IsDialled): RouteTable {
  const told = new Map<string, Route>();
  /** Of which service a container is, also once it is forgotten. */
  const serviceOf = new Map<string, string>();

  return {
    subjectOf({ kind, id }) {
      const service = serviceOf.get(id);
      return service === undefined ? { kind, id } : { kind: 'Service', id: service };
    },
    async renew(store, signal) {
      const routes: Route[] = [];
      const containers = new Map<string, Resource<'Container'>[]>();
      // Everything is read before anything is told.
      for await (const container of all(store, 'Container', signal)) {
        const owner = ownerOf(container);
        if (owner?.kind === 'Service') containers.set(owner.id, [...(containers.get(owner.id) ?? []), container]);
        const route = routeOfContainer(container, isDialled);
        if (route) routes.push(route);
      }
      for await (const service of all(store, 'Service', signal)) {
        const route = routeOf(service, containers.get(service.id) ?? [], isDialled);
        if (route) routes.push(route);
      }
      serviceOf.clear();
      for (const [id, of] of containers) for (const container of of) serviceOf.set(container.id, id);
      const here = new Set(routes.map(({ id }) => id));
      return [...routes.flatMap((route) => changed(route.id, route)), ...[...told.keys()].filter((id) => !here.has(id)).flatMap((id) => changed(id, undefined))];
    },
    async follow(store, moved, signal) {
      const alone: RouteChange[] = [];
      const services = new Set<string>();
      await Promise.all(moved.map(async ({ kind, id }) => {
        if (kind === 'Service') services.add(id);
        if (kind !== 'Container') return;
        const container = await store.get('Container', id);
        const service = container?.labels[crewLabels.Service.id] ?? serviceOf.get(id);
        if (service === undefined) return void alone.push(...changed(id, container && routeOfContainer(container, isDialled)));
        serviceOf.set(id, service);
        services.add(service);
      }));
      return [...alone, ...(await followServices(store, services, signal))];
    },
  };

  async function followServices(store: Reads, ids: ReadonlySet<string>, signal: AbortSignal | undefined): Promise<readonly RouteChange[]> {
    const found = await Promise.all([...ids].map((id) => store.get('Service', id)));
    const here = found.filter((service): service is Resource<'Service'> => service !== undefined && service.goneAt === undefined);
    const crews = await crewsOf(store, here, signal);
    const theirs = new Set([...crews.values()].flatMap((crew) => crew.map(({ id }) => id)));
    for (const [container, of] of serviceOf) if (ids.has(of) && !theirs.has(container)) serviceOf.delete(container);
    const gone = [...ids].filter((id) => !crews.has(id));
    return [...gone.flatMap((id) => changed(id, undefined)), ...here.flatMap((service) => changed(service.id, routeOf(service, crews.get(service.id) ?? [], isDialled)))];
  }

  function changed(id: string, route: Route | undefined): readonly RouteChange[] {
    const before = told.get(id);
    if (isDeepStrictEqual(before, route)) return [];
    if (route) told.set(id, route);
    else told.delete(id);
    return [route ? { put: route } : { remove: id }];
  }
}

function all<K extends 'Service' | 'Container'>(store: Reads, kind: K, signal: AbortSignal | undefined): AsyncIterable<Resource<K>> {
  return paginate((cursor) => {
    signal?.throwIfAborted();
    return store.list({ kind, limit: 1_000, cursor });
  });
}
