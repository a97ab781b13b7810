import { budgetReached, timestamp } from '@neb/core-types';
import { suspendAsked } from '../snapshot/suspend-asked.ts';
import type { Change, Resource } from '../store.ts';
import { tell } from '../tell.ts';
import { mustGo } from './decide.ts';
import { isHeld, patched } from './verdict.ts';

/** Asks for the end of a container's instance because of a budget, and for a pass that takes it away. Nothing where it has none, or it goes already. */
export function endByBudget(container: Resource<'Container'>, message: string, now: number): readonly Change[] {
  const { id, status } = container;
  if (!isHeld(container) || !status.attempt || mustGo(container) || status.ending) return [];
  const ending = { reason: budgetReached, message, at: timestamp(now) };
  return [{ do: 'put', resource: { ...container, status: patched(status, { ending }), updatedAt: timestamp(now) } }, { do: 'wake', kind: 'Container', id }];
}

/** Asks for a container to be suspended because of a budget, and for a pass that does so. Nothing where anything was asked of it already. */
export function suspendByBudget(container: Resource<'Container'>, message: string, now: number): readonly Change[] {
  const { id, status } = container;
  if (status.status !== 'running' || status.asked || status.move || status.ending || mustGo(container)) return [];
  return [
    { do: 'put', resource: { ...container, status: patched(status, { asked: suspendAsked(container, now) }), updatedAt: timestamp(now) } },
    { do: 'wake', kind: 'Container', id },
    { do: 'tell', event: tell(container, 'warning', [budgetReached, `is suspended: ${message}`]) },
  ];
}

/** Whether a suspension was tried since it started and came to nothing: then it is stopped instead. */
export function suspendsInVain({ status: { conditions, started_at: startedAt } }: Resource<'Container'>): boolean {
  return conditions.some(({ type, reason, since }) => type === 'Aside' && reason === 'SuspendFailed' && (startedAt === undefined || Date.parse(since) >= Date.parse(startedAt)));
}
