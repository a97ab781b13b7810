import { type Budget, inDollars } from '@neb/core-types';
import { age } from '../render/age.ts';
import type { Column } from '../render/table.ts';
import type { Moment } from './moment.ts';

export function budgetColumns({ now, style }: Moment): readonly Column<Budget>[] {
  return [
    { title: 'NAMESPACE', cell: (b) => b.metadata.namespace },
    { title: 'NAME', cell: (b) => b.metadata.name },
    { title: 'OF', cell: (b) => (b.scope === 'owner' ? b.metadata.owner : 'namespace'), shrinks: true },
    { title: 'STATUS', cell: (b) => b.status.status, colour: (b, text) => (b.status.status === 'within' ? style.green(text) : b.status.status === 'warn' ? style.yellow(text) : style.red(text)) },
    { title: 'SPENT', side: 'right', cell: (b) => amount(b, b.status.spent), data: (b) => b.status.spent },
    { title: 'LIMIT', side: 'right', cell: (b) => amount(b, b.status.limit ?? Object.values(b.limits)[0]), data: (b) => b.status.limit },
    { title: 'PER', cell: (b) => b.status.per ?? Object.keys(b.limits)[0] ?? '' },
    { title: 'PER HOUR', side: 'right', cell: (b) => amount(b, b.status.rate), data: (b) => b.status.rate },
    { title: 'PROJECTED', side: 'right', cell: (b) => amount(b, b.status.projected), data: (b) => b.status.projected },
    { title: 'AGE', cell: (b) => age(b.metadata.created_at, now), data: (b) => b.metadata.created_at, side: 'right' },
    { title: 'COUNTS', wide: true, cell: (b) => b.counts ?? 'cost' },
    { title: 'SINCE', wide: true, cell: (b) => b.status.since ?? '' },
    { title: 'MESSAGE', wide: true, cell: (b) => b.status.message ?? '', shrinks: true },
  ];
}

/** An amount of a budget's currency as people read it; nothing where it is not known yet. */
export function amount({ currency = 'USD' }: Budget, text: string | undefined): string {
  if (text === undefined) return '';
  return currency === 'USD' ? inDollars(text) : `${Number(text).toFixed(2)} ${currency}`;
}
