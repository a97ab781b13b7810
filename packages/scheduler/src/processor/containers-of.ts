import { collect, paginate } from '@neb/core-types';
import type { Resource, Store } from '../store.ts';
import { labels } from './replica.ts';

/** The containers of a processor that are not gone, in order of creation. */
export async function containersOf(store: Pick<Store, 'list'>, { id, namespace }: Pick<Resource, 'id' | 'namespace'>, signal?: AbortSignal): Promise<readonly Resource<'Container'>[]> {
  return await collect(paginate((cursor) => {
    signal?.throwIfAborted();
    return store.list({ kind: 'Container', namespace, labels: [{ key: labels.id, op: 'in', values: [id] }], limit: 1_000, cursor });
  }));
}
