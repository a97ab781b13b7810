import type { Resource } from '@neb/scheduler';
import { covers } from './scope.ts';

/** The budgets that there are, as far as this server has heard: for what must not wait for the database. */
export interface Shelf {
  over(object: Pick<Resource, 'owner' | 'namespace'>): readonly Resource<'Budget'>[];
  readonly isEmpty: boolean;
  put(budget: Resource<'Budget'>): void;
  drop(id: string): void;
}

export function shelf(): Shelf {
  const budgets = new Map<string, Resource<'Budget'>>();
  return {
    over: (object) => [...budgets.values()].filter((budget) => covers(budget, object)),
    get isEmpty() { return budgets.size === 0; },
    put(budget) {
      if (budget.deletedAt !== undefined || budget.goneAt !== undefined) budgets.delete(budget.id);
      else if ((budgets.get(budget.id)?.version ?? 0) <= budget.version) budgets.set(budget.id, budget);
    },
    drop: (id) => void budgets.delete(id),
  };
}
