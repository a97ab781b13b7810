import { collect, type Kind, paginate } from '@neb/core-types';
import type { ListQuery, Resource, Store } from '@neb/scheduler';

type Within = Pick<Resource, 'owner' | 'namespace'>;

/** Whether an object is of what the budget bounds. */
export function covers(budget: Resource<'Budget'>, { owner, namespace }: Within): boolean {
  return budget.owner === owner && (budget.spec.scope === 'owner' || budget.namespace === namespace);
}

/** All of a kind that a budget bounds. */
export async function within<K extends Kind>(store: Store, budget: Resource<'Budget'>, query: Pick<ListQuery<K>, 'kind' | 'statuses'>): Promise<readonly Resource<K>[]> {
  const { owner, namespace, spec } = budget;
  const seen = spec.scope === 'owner' ? store.as({ owners: [owner] }) : store;
  return await collect(paginate((cursor) => seen.list({ ...query, ...(spec.scope !== 'owner' && { namespace }), limit: 1_000, cursor })));
}

/** The budgets that bound an object, as they are now. */
export async function budgetsOver(store: Store, object: Within): Promise<readonly Resource<'Budget'>[]> {
  const seen = store.as({ owners: [object.owner] });
  const all = await collect(paginate((cursor) => seen.list({ kind: 'Budget', limit: 1_000, cursor })));
  return all.filter((budget) => budget.deletedAt === undefined && covers(budget, object));
}

/** `budget shop/month`, for people. */
export function titleOfBudget({ namespace, name }: Pick<Resource, 'namespace' | 'name'>): string {
  return `budget ${namespace}/${name}`;
}
