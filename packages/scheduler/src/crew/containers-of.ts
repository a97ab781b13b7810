import { collect, paginate } from '@neb/core-types';
import type { Resource, Store } from '../store.ts';
import { crewLabels, type CrewOwner } from './labels.ts';

/** The containers of a processor or a service that are not gone, in order of creation. */
export async function containersOf(store: Pick<Store, 'list'>, { kind, id, namespace }: Pick<CrewOwner, 'kind' | 'id' | 'namespace'>, signal?: AbortSignal): Promise<readonly Resource<'Container'>[]> {
  return await collect(paginate((cursor) => {
    signal?.throwIfAborted();
    return store.list({ kind: 'Container', namespace, labels: [{ key: crewLabels[kind].id, op: 'in', values: [id] }], limit: 1_000, cursor });
  }));
}
