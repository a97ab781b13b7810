import type { Budget, Event } from '@neb/core-types';
import { amount } from '../kinds/budgets.ts';
import type { Moment } from '../kinds/moment.ts';
import { age } from '../render/age.ts';
import { eventSection } from './events.ts';
import type { Section } from './sections.ts';

/** All there is to tell of a budget. */
export function describeBudget(budget: Budget, events: readonly Event[], moment: Moment): readonly Section[] {
  const { metadata, status } = budget;
  return [
    { title: `budget/${metadata.name}`, facts: [
      ['Namespace', metadata.namespace],
      ['Id', metadata.id],
      ['Of', budget.scope === 'owner' ? `all that ${metadata.owner} has` : `namespace ${metadata.namespace}`],
      ['Counts', `${budget.counts ?? 'cost'}${budget.soft ? '; it is soft: it tells, and does nothing' : ''}`],
      ['Set by', status.by_administrator ? 'an administrator of the server, who alone may change it' : metadata.created_by],
      ['Status', status.status],
      ['Since', status.since],
      ['Why', status.message],
      ['As of', status.as_of && `${age(status.as_of, moment.now)} ago (${status.as_of})`],
      ['Created', `${age(metadata.created_at, moment.now)} ago by ${metadata.created_by} (${metadata.created_at})`],
    ] },
    { title: 'Limits', lines: (status.limits ?? []).map(({ per, limit, spent, projected, until }) =>
      `${per}: ${amount(budget, spent)} of ${amount(budget, limit)}${projected === undefined ? '' : `, ${amount(budget, projected)} projected`}${until === undefined ? '' : `, until ${until}`}`) },
    eventSection(events, moment),
    { title: 'Next', lines: [`neb cost --by container${budget.scope === 'owner' ? '' : ` -n ${metadata.namespace}`}`, `neb edit budget ${metadata.name} -n ${metadata.namespace}`] },
  ];
}
