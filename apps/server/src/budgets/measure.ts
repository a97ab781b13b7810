import { newRun } from '@neb/billing';
import { type Accrual, accrualOf, countedBy, type Counted, type Measured, type Spender, type Spending, type SpendingQuery, windowsOf } from '@neb/billing/budget';
import type { Attempt, Clock, Meter } from '@neb/core-types';
import { attemptKey, type Resource, type Store } from '@neb/scheduler';
import { metersOf, seenRun } from '../billing/run-feed.ts';
import { within } from './scope.ts';

export interface Measuring {
  readonly store: Store;
  /** What is in the ledger. */
  readonly spending: (query: SpendingQuery) => Promise<Spending>;
  readonly clock: Clock;
  /** Whether a container can be put aside where it runs; none can if absent. */
  readonly canSuspend?: ((container: Resource<'Container'>) => boolean) | undefined;
}

export interface Taken {
  readonly measured: Measured;
  /** The containers that spend, by their ids. */
  readonly containers: ReadonlyMap<string, Resource<'Container'>>;
}

/** For what ended to be in the ledger. */
const settledMs = 600_000;

/**
 * What is spent of a budget at this moment, exactly: what is in the ledger, and what each run adds to it by what is known
 * of it now, however far the ledger is behind. Changes nothing.
 */
export async function measure({ store, spending, clock, canSuspend = () => false }: Measuring, budget: Resource<'Budget'>): Promise<Taken> {
  const counted = countedBy(budget.spec);
  const asked = clock.now();
  const containers = (await within(store, budget, { kind: 'Container' })).filter(({ status: { attempt } }) => attempt && (attempt.ended_at === undefined || asked - Date.parse(attempt.ended_at) < settledMs));
  const meters = new Map(await Promise.all(containers.map(async (one): Promise<[string, readonly Meter[]]> => [one.id, counted.counts === 'price' ? await metersOf(store, one) : []])));
  const periods = (nowMs: number) => windowsOf(budget.spec, { madeMs: Date.parse(budget.createdAt), nowMs });
  const { owner, namespace, spec } = budget;
  const nowMs = clock.now();
  const windows = periods(nowMs);
  const { spent, runs } = await spending({
    ...counted, owner, namespace: spec.scope === 'owner' ? undefined : namespace, sinceMs: windows.map(({ sinceMs }) => sinceMs), containerIds: containers.map(({ id }) => id),
  });

  const states = new Map(runs.map(({ key, state }) => [key, state]));
  const add = (container: Resource<'Container'>, attempt: Attempt): Accrual => {
    const state = states.get(attempt.key) ?? newRun;
    states.delete(attempt.key);
    return accrualOf(state, seenRun(container, attempt, { meters: meters.get(container.id)!, isKept: false }), { ...counted, nowMs });
  };
  const earlier = (await Promise.all(containers.map(async (container) => (await unsettled(store, container, states)).map((attempt) => add(container, attempt))))).flat();
  const running = containers.map((container) => ({ container, accrual: add(container, container.status.attempt!) }));
  const others = [...states.values()].map((state) => accrualOf(state, undefined, { ...counted, nowMs }));
  const accruals = [...running.map(({ accrual }) => accrual), ...earlier, ...others];
  const spenders = running.flatMap(({ container, accrual: { rate } }): Spender[] => {
    if (rate === 0n && !isAsked(meters.get(container.id)!, counted, container)) return [];
    return [{ id: container.id, priority: container.spec.priority ?? 0, rate, canSuspend: canSuspend(container) }];
  });
  return {
    measured: {
      nowMs, spenders,
      windows: windows.map((window, nth) => ({ ...window, spent: accruals.reduce((sum, accrual) => sum + accrual.since(window.sinceMs), spent[nth]!) })),
    },
    containers: new Map(running.map(({ container }) => [container.id, container])),
  };
}

/** Attempts before the present one that the ledger has not heard of yet. */
async function unsettled(store: Store, { id, status: { attempt, attempts } }: Resource<'Container'>, states: ReadonlyMap<string, unknown>): Promise<readonly Attempt[]> {
  const last = attempt!.number - 1;
  const isWhole = attempts < 2 || Array.from({ length: last }, (_, n) => attemptKey(id, n + 1)).every((key) => states.has(key));
  return isWhole ? [] : (await store.attempts(id)).filter(({ number, key }) => number <= last && !states.has(key));
}

/** What is counted by requests has no rate: whatever runs and can be asked for counts. */
function isAsked(meters: readonly Meter[], { currency }: Counted, { status: { attempt } }: Resource<'Container'>): boolean {
  return attempt?.ended_at === undefined && meters.some((meter) => meter.currency === currency);
}
