import { type Ending, isClosed, judgeBudget, type Judgement } from '@neb/billing/budget';
import { budgetDeeds, budgetReached, isNebError, timestamp } from '@neb/core-types';
import { type Change, endByBudget, type NewEvent, type Reconcile, type Resource, type Store, suspendByBudget } from '@neb/scheduler';
import { measure, type Measuring } from './measure.ts';
import { titleOfBudget, within } from './scope.ts';

/** Words of containers that may wait for a budget. */
const waiting = ['pending', 'queued', 'creating', 'restarting'];
const tries = 5;

/**
 * Looks at a budget: writes what is spent and which step holds, ends what a step says, in order, and has whatever waited
 * for it tried again. What a look decided and did not do, the next one decides again; each is due when the next step will
 * be reached, and one server at a time looks.
 */
export function budgetReconciler(measuring: Measuring): Reconcile {
  const { store, clock } = measuring;

  return async (id) => {
    const found = await store.get('Budget', id);
    if (!found || found.goneAt !== undefined) return;
    if (found.deletedAt !== undefined) return await forget(found);
    const { measured } = await measure(measuring, found);
    const judged = judgeBudget(found.spec, measured, found.status);
    // Written first: from then on nothing starts in the place of what is ended.
    const budget = await note(found, judged);
    const why = `${titleOfBudget(budget)}: ${judged.status.message}`;
    for (const ending of judged.endings) await end(ending, why);
    if (!isClosed(budget.spec, budget.status)) await wakeWaiting(budget);
    return Number.isFinite(judged.afterMs) ? { afterMs: judged.afterMs } : undefined;
  };

  async function note(found: Resource<'Budget'>, { status }: Judgement): Promise<Resource<'Budget'>> {
    const { conditions, by_administrator: byAdministrator } = found.status;
    const after = { ...found, status: { ...status, conditions, ...(byAdministrator !== undefined && { by_administrator: byAdministrator }) }, updatedAt: timestamp(clock.now()) };
    const [written] = await store.commit([{ do: 'put', resource: after }, ...newsOf(found, after).map((event): Change => ({ do: 'tell', event }))]);
    return written as Resource<'Budget'>;
  }

  /** Written one by one: what another server writes at the same moment is in the way of that one only. */
  async function end({ id, how }: Ending, why: string): Promise<void> {
    for (let left = tries; left > 0; left--) {
      const container = await store.get('Container', id);
      if (!container) return;
      const changes = how === 'suspend' ? suspendByBudget(container, why, clock.now()) : endByBudget(container, why, clock.now());
      try {
        if (changes.length > 0) await store.commit(changes);
        return;
      } catch (error) {
        if (!isNebError(error, 'conflict') || left === 1) throw error;
      }
    }
  }

  async function forget(budget: Resource<'Budget'>): Promise<void> {
    const now = timestamp(clock.now());
    await store.commit([{ do: 'put', resource: { ...budget, status: { ...budget.status, status: 'deleted' }, goneAt: now, updatedAt: now } }]);
    await wakeWaiting(budget);
  }

  async function wakeWaiting(budget: Resource<'Budget'>): Promise<void> {
    const held = (await within(store, budget, { kind: 'Container', statuses: waiting })).filter(({ status: { reason } }) => reason === budgetReached);
    await wakeAll(store, held);
  }
}

/** Has these looked at. */
export async function wakeAll(store: Store, resources: readonly Resource[]): Promise<void> {
  if (resources.length > 0) await store.commit(resources.map(({ kind, id }): Change => ({ do: 'wake', kind, id })));
}

const reasons = { warn: 'BudgetWarning', no_new: 'BudgetClosed', scale_to_minimum: 'BudgetAtMinimum', suspend: 'BudgetSuspends', stop: 'BudgetStops' } as const;

function newsOf({ status: before }: Resource<'Budget'>, { kind, namespace, name, id, spec, status }: Resource<'Budget'>): readonly NewEvent[] {
  const object = { kind, namespace, name, id };
  const rank = (step: typeof status.step): number => (step === undefined ? -1 : budgetDeeds.indexOf(step));
  if (rank(status.step) === rank(before.step)) return [];
  if (rank(status.step) < rank(before.step)) return [{ type: 'normal', reason: 'BudgetEased', message: status.message ?? '', object }];
  return [{ type: 'warning', reason: reasons[status.step!], message: `${status.message}${spec.soft ? '; it is a soft budget, so nothing is done' : ''}`, object }];
}
