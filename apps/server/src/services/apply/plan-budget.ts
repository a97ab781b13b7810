import { NebError } from '@neb/core-types';
import type { Resource } from '@neb/scheduler';
import { titleOf } from '../views.ts';
import type { Planning } from './planning.ts';
import type { WantedOf } from './wanted.ts';

/** What a budget is to be. Throws where the caller may not say so: of all that an owner has, or over an administrator's word. */
export async function budgetWanted(planning: Planning, wanted: WantedOf<'Budget'>, before: Resource<'Budget'> | undefined): Promise<Resource<'Budget'>> {
  const { kind: _, metadata, namespace: __, name: ___, ...spec } = wanted;
  if (before) refuseOverAdministrator(planning.isAdministrator, before, 'change');
  const base = before ?? (await planning.blank('Budget', wanted, { spec, status: { status: 'within', conditions: [] } }));
  if (spec.scope === 'owner' || base.spec.scope === 'owner') planning.allowForOwner(base);
  const status = { ...base.status, ...(planning.isAdministrator && { by_administrator: true }) };
  return { ...base, spec, status, labels: metadata.labels ?? {}, ownerRef: metadata.owner_ref };
}

/** Throws where an administrator set it and the caller is none: whoever wants less makes a budget of their own beside it, and both hold. */
export function refuseOverAdministrator(isAdministrator: boolean, budget: Resource<'Budget'>, verb: 'change' | 'delete'): void {
  if (isAdministrator || budget.status.by_administrator !== true) return;
  throw new NebError('unauthorized', `${titleOf(budget)}: an administrator of the server set it, and only one may ${verb} it`, { hint: 'To spend less, make a budget of your own beside it: both hold.' });
}
