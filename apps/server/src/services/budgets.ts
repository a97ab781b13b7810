import type { Budget } from '@neb/core-types';
import { collect, paginate } from '@neb/core-types';
import type { Store } from '@neb/scheduler';
import type { Caller, Objects } from '@neb/sdk/contract';
import { refuseOverAdministrator } from './apply/plan-budget.ts';
import { objects, type ObjectsOptions } from './objects.ts';
import { budgetView } from './views.ts';

/** What may be done with budgets. One that an administrator set is deleted by an administrator only. */
export function budgetService(options: Pick<ObjectsOptions<'Budget', Budget>, 'store' | 'access' | 'recorder' | 'clock' | 'onFeed'>): Objects<Budget> {
  return objects({ ...options, kind: 'Budget', view: budgetView, refuse: async (who, budget) => refuseOverAdministrator(who.admin, budget, 'delete') });
}

/** A namespace's deletion takes its budgets with it: throws where the caller may delete one of them not. */
export function budgetsBeforeNamespace(store: Store): (who: Caller, namespace: { readonly name: string }) => Promise<void> {
  return async (who, { name }) => {
    const budgets = await collect(paginate((cursor) => store.list({ kind: 'Budget', namespace: name, limit: 1_000, cursor })));
    for (const budget of budgets) refuseOverAdministrator(who.admin, budget, 'delete');
  };
}
