import { bell, type Clock, collect, isNebError, paginate } from '@neb/core-types';
import type { Resource, Store } from '@neb/scheduler';
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
 * Has budgets looked at when something that they bound begins, ends or changes its price, until `signal` aborts. Every server
 * does so: whichever of them dies, a look is asked for. At its start all budgets are looked at. Never rejects.
 */
export async function watchSpending({ store, shelf, clock, onTrouble }: WatchSpending, signal: AbortSignal): Promise<void> {
  const news = bell(clock);
  const seen = new Map<string, string>();
  let pending = new Set<string>();
  await Promise.all([listen(), wake()]);

  async function listen(): Promise<void> {
    while (!signal.aborted) {
      try {
        const after = await store.cursor();
        for (const budget of await collect(paginate((cursor) => store.list({ kind: 'Budget', limit: 1_000, cursor })))) {
          shelf.put(budget);
          pending.add(budget.id);
        }
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
    const budget = await store.get('Budget', id);
    if (budget) shelf.put(budget);
    else shelf.drop(id);
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
      if (pending.size === 0) await news.wait(Infinity, signal);
      await clock.sleep(gatherMs, signal);
      const ids = [...pending];
      pending = new Set();
      if (signal.aborted || ids.length === 0) continue;
      try {
        await store.commit(ids.map((id) => ({ do: 'wake', kind: 'Budget', id })));
      } catch (error) {
        onTrouble(error);
        ids.forEach((id) => pending.add(id));
        await clock.sleep(retryMs, signal);
      }
    }
  }
}

/** What of a container a budget looks at. */
function spendingOf({ goneAt, spec: { priority, meters }, status: { status, attempt } }: Resource<'Container'>): string {
  return JSON.stringify([goneAt, priority, meters, status, attempt && [attempt.key, attempt.ref !== undefined, attempt.price_per_hour, attempt.started_at, attempt.ended_at]]);
}
