import { collect, paginate } from '@neb/core-types';
import type { Resource, TenantStore } from '@neb/scheduler';

const pageSize = 1_000;

/** Every namespace that the owner has, as far as `store` shows. */
export async function ownedNamespaces(store: TenantStore, owner: string): Promise<readonly Resource<'Namespace'>[]> {
  const all = await collect(paginate((cursor) => store.list({ kind: 'Namespace', limit: pageSize, cursor })));
  return all.filter((space) => space.owner === owner);
}
