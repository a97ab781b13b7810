import { isAtMinimum } from '@neb/billing/budget';
import { bell, type Clock, collect, isNebError, paginate } from '@neb/core-types';
import type { Resource, Store } from '@neb/scheduler';
import { wakeAll } from './enforce.ts';
import { within } from './scope.ts';
import type { Shelf } from './shelf.ts';

export interface WatchSpending {
  readonly store: Store;
  readonly shelf: Shelf;
  readonly clock: Clock;
  readonly onTrouble: (error: unknown) => void;
}

/** In a burst one look stands for many changes. */
const gatherMs = 250;
const retryMs = 1_000;

/**
 * Has budgets looked at when something that they bound begins, ends or changes its price, and processors and services when
 * they have to be at their fewest, or need no longer, until `signal` aborts. Every server does so: whichever of them dies, a
 * look is asked for, and none decides by what it has not heard of. At its start all budgets are looked at. Never rejects.
 */
export async function watchSpending({ store, shelf, clock, onTrouble }: WatchSpending, signal: AbortSignal): Promise<void> {
  const news = bell(clock);
  const seen = new Map<string, string>();
  let pending = new Set<string>();
  let turned = new Map<string, Resource<'Budget'>>();
  signal.addEventListener('abort', () => shelf.close(), { once: true });
  await Promise.all([listen(), wake()]);

  async function listen(): Promise<void> {
    while (!signal.aborted) {
      try {
        const after = await store.cursor();
        const all = new Map((await collect(paginate((cursor) => store.list({ kind: 'Budget', limit: 1_000, cursor })))).map((budget) => [budget.id, budget]));
        for (const id of [...shelf.ids(), ...all.keys()]) put(id, all.get(id));
        for (const id of all.keys()) pending.add(id);
        shelf.open();
        news.ring();
        for await (const { kind, id, dropped } of store.changes({ after, signal })) {
          if (kind === 'Budget') await heardBudget(id);
          if (kind === 'Container' && !shelf.isEmpty) heardContainer(id, dropped ? undefined : await store.get('Container', id));
        }
      } catch (error) {
        if (signal.aborted) return;
        seen.clear();
        if (!isNebError(error, 'expired')) onTrouble(error);
      }
      await clock.sleep(retryMs, signal);
    }
  }

  async function heardBudget(id: string): Promise<void> {
    put(id, await store.get('Budget', id));
  }

  function put(id: string, budget: Resource<'Budget'> | undefined): void {
    const before = shelf.get(id);
    if (budget) shelf.put(budget);
    else shelf.drop(id);
    const after = shelf.get(id);
    if (before?.version === after?.version || keepsDown(before) === keepsDown(after)) return;
    turned.set(id, (after ?? before)!);
    news.ring();
  }

  function heardContainer(id: string, container: Resource<'Container'> | undefined): void {
    if (!container || container.goneAt !== undefined) seen.delete(id);
    if (!container) return;
    const now = spendingOf(container);
    if (seen.get(id) === now) return;
    if (container.goneAt === undefined) seen.set(id, now);
    for (const budget of shelf.over(container)) pending.add(budget.id);
    if (pending.size > 0) news.ring();
  }

  async function wake(): Promise<void> {
    while (!signal.aborted) {
      if (pending.size === 0 && turned.size === 0) await news.wait(Infinity, signal);
      await clock.sleep(gatherMs, signal);
      const [ids, budgets] = [[...pending], [...turned]];
      pending = new Set();
      turned = new Map();
      if (signal.aborted) return;
      try {
        if (ids.length > 0) await store.commit(ids.map((id) => ({ do: 'wake', kind: 'Budget', id })));
        for (const [, budget] of budgets) for (const kind of ['Processor', 'Service'] as const) await wakeAll(store, await within(store, budget, { kind }));
      } catch (error) {
        onTrouble(error);
        ids.forEach((id) => pending.add(id));
        budgets.forEach(([id, budget]) => turned.set(id, budget));
        await clock.sleep(retryMs, signal);
      }
    }
  }
}

/** Whether a budget has what can be fewer at its fewest. */
function keepsDown(budget: Resource<'Budget'> | undefined): boolean {
  return budget !== undefined && isAtMinimum(budget.spec, budget.status);
}

/** What of a container a budget looks at. */
function spendingOf({ goneAt, spec: { priority, meters }, status: { status, attempt } }: Resource<'Container'>): string {
  return JSON.stringify([goneAt, priority, meters, status, attempt && [attempt.key, attempt.ref !== undefined, attempt.price_per_hour, attempt.started_at, attempt.ended_at]]);
}
