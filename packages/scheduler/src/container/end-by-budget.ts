import { budgetReached, timestamp } from '@neb/core-types';
import type { Change, Resource } from '../store.ts';
import { mustGo } from './decide.ts';
import { isHeld, patched } from './verdict.ts';

/** Asks for the end of a container's instance because of a budget, and for a pass that takes it away. Nothing where it has none, or it goes already. */
export function endByBudget(container: Resource<'Container'>, message: string, now: number): readonly Change[] {
  const { id, status } = container;
  if (!isHeld(container) || !status.attempt || mustGo(container) || status.ending) return [];
  const ending = { reason: budgetReached, message, at: timestamp(now) };
  return [{ do: 'put', resource: { ...container, status: patched(status, { ending }), updatedAt: timestamp(now) } }, { do: 'wake', kind: 'Container', id }];
}
