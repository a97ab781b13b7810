import { collect, paginate } from '@neb/core-types';
import type { Resource, Store } from '../store.ts';
import { type CrewKind, crewLabels, type CrewOwner, ownerOf } from './labels.ts';

type Lists = Pick<Store, 'list'>;
type Crew = readonly Resource<'Container'>[];

/** The containers of a processor or a service that are not gone, in order of creation. */
export async function containersOf(store: Lists, { kind, id, namespace }: Pick<CrewOwner, 'kind' | 'id' | 'namespace'>, signal?: AbortSignal): Promise<Crew> {
  return await listed(store, { kind, namespace, ids: [id] }, signal);
}

/** The same of several services, by their ids; those of one namespace are read together. */
export async function crewsOf(store: Lists, services: readonly Resource<'Service'>[], signal?: AbortSignal): Promise<ReadonlyMap<string, Crew>> {
  const crews = new Map<string, Resource<'Container'>[]>(services.map(({ id }) => [id, []]));
  const namespaces = Map.groupBy(services, ({ namespace }) => namespace);
  await Promise.all([...namespaces].map(async ([namespace, here]) => {
    for (const one of await listed(store, { kind: 'Service', namespace, ids: here.map(({ id }) => id) }, signal)) crews.get(ownerOf(one)?.id ?? '')?.push(one);
  }));
  return crews;
}

function listed(store: Lists, { kind, namespace, ids }: { readonly kind: CrewKind; readonly namespace: string; readonly ids: readonly string[] }, signal?: AbortSignal): Promise<Crew> {
  return collect(paginate((cursor) => {
    signal?.throwIfAborted();
    return store.list({ kind: 'Container', namespace, labels: [{ key: crewLabels[kind].id, op: 'in', values: ids }], limit: 1_000, cursor });
  }));
}
