import { NebError } from '@neb/core-types';
import type { Resource } from '@neb/scheduler';
import { covers } from './scope.ts';

/** The budgets that there are, as far as this server has heard: for what must not wait for the database. */
export interface Shelf {
  /** Those that bound an object, once this server has heard of any: a server that has just begun knows of none, and lets nothing start meanwhile. Throws `unavailable` where it ends before. */
  known(object: Pick<Resource, 'owner' | 'namespace'>): Promise<readonly Resource<'Budget'>[]>;
  over(object: Pick<Resource, 'owner' | 'namespace'>): readonly Resource<'Budget'>[];
  get(id: string): Resource<'Budget'> | undefined;
  ids(): readonly string[];
  readonly isEmpty: boolean;
  put(budget: Resource<'Budget'>): void;
  drop(id: string): void;
  /** All that there are have been put. */
  open(): void;
  /** None will be heard of any more. */
  close(): void;
}

export function shelf(): Shelf {
  const budgets = new Map<string, Resource<'Budget'>>();
  const opened = Promise.withResolvers<void>();
  // Whoever does not wait for it is not told that it never came.
  opened.promise.catch(() => undefined);
  const over: Shelf['over'] = (object) => [...budgets.values()].filter((budget) => covers(budget, object));
  return {
    async known(object) {
      await opened.promise;
      return over(object);
    },
    over,
    get: (id) => budgets.get(id),
    ids: () => [...budgets.keys()],
    get isEmpty() { return budgets.size === 0; },
    put(budget) {
      if (budget.deletedAt !== undefined || budget.goneAt !== undefined) budgets.delete(budget.id);
      else if ((budgets.get(budget.id)?.version ?? 0) <= budget.version) budgets.set(budget.id, budget);
    },
    drop: (id) => void budgets.delete(id),
    open: () => opened.resolve(),
    close: () => opened.reject(new NebError('unavailable', 'this server ended before it knew of any budget')),
  };
}
