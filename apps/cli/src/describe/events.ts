import type { Event } from '@neb/core-types';
import type { Moment } from '../kinds/moment.ts';
import { eventColumns } from '../kinds/others.ts';
import { rowsOf, type Section } from './sections.ts';

const most = 15;

/** What happened to an object, oldest first, as far as it fits. */
export function eventSection(events: readonly Event[], moment: Moment): Section {
  const columns = eventColumns(moment).filter(({ title, wide }) => !wide && title !== 'NAMESPACE' && title !== 'OBJECT');
  const inOrder = [...events].sort((a, b) => a.last_at.localeCompare(b.last_at));
  return { title: 'Events', rows: rowsOf(columns, inOrder.slice(-most)) };
}
