import { isNebError, type Meter } from '@neb/core-types';
import type { Spending, SpendingInput, Standing } from '@neb/sdk';
import type { Format } from '../render/format.ts';
import { moneysText } from '../render/money.ts';
import type { Column } from '../render/table.ts';
import type { Session } from '../session.ts';

type Kind = SpendingInput['kind'];

/** What spending is asked for and shown by. */
interface Spender {
  readonly metadata: { readonly id: string; readonly namespace: string; readonly name: string; readonly created_at: string };
}

/** What objects came to, by their ids. */
export type SpendingById = ReadonlyMap<string, Spending>;

const mostAtOnce = 5_000;
/** Columns of a terminal below which the other columns leave no room. */
const roomy = 110;
const words = ['$/h', 'rate', 'spent', 'projected'];

/** Whether it is shown, or sorted by. */
export function wantsSpending({ out: { format, width } }: Session, sortBy: string | undefined): boolean {
  return isTold(format) || (format.do === 'table' && width !== undefined && width >= roomy) || (sortBy !== undefined && (words.includes(sortBy.toLowerCase()) || sortBy.includes('spending')));
}

function isTold(format: Format): boolean {
  switch (format.do) {
    case 'wide': case 'json': case 'yaml': return true;
    case 'jsonpath': return format.template.includes('spending') || format.template.includes('status}');
    case 'custom-columns': return format.columns.includes('spending');
    case 'table': case 'name': case 'id': case 'csv': return false;
  }
}

/** Asks for all of a list at once. Nothing where the server is of a version that does not know. */
export async function spendingOf(session: Session, kind: Kind, items: readonly Spender[]): Promise<SpendingById> {
  const neb = await session.neb();
  const all = new Map<string, Spending>();
  for (let at = 0; at < items.length; at += mostAtOnce) {
    const objects = items.slice(at, at + mostAtOnce).map(({ metadata: { id, namespace, name, created_at: since } }) => ({ id, namespace, name, since }));
    try {
      for (const one of (await neb.billing.spending({ kind, objects }, session)).items) all.set(one.id, one);
    } catch (error) {
      if (!isNebError(error, 'not_found')) throw error;
    }
  }
  return all;
}

/** An object as programs get it, with what it came to in its status. */
export function withSpending<T>(item: T, spending: SpendingById): T {
  const { metadata, status } = item as unknown as Spender & { readonly status: object };
  const { id: _, ...found } = spending.get(metadata.id) ?? { id: undefined };
  return 'asked' in found ? { ...item, status: { ...status, spending: found } } : item;
}

/** What an hour costs, what was spent and what it will come to by the end of the month: what its owner is asked, or what the platform asks where no meter asks anything. */
export function spendingColumns<T>(spending: SpendingById): readonly Column<T>[] {
  const column = (title: string, field: 'per_hour' | 'spent' | 'projected', alias?: string): Column<T> => ({
    title, ...(alias !== undefined && { alias }), wide: true, room: true, side: 'right',
    cell: (item) => cell(item as unknown as Spender, spending, field),
    data: (item) => figure(item as unknown as Spender, spending, field),
  });
  return [column('$/h', 'per_hour', 'rate'), column('SPENT', 'spent'), column('PROJECTED', 'projected')];
}

/** What an object is told to cost. */
export function standingsOf({ asked, platform }: Spending, meters: readonly Meter[]): readonly Standing[] {
  return asked.length > 0 || meters.some(({ cost, costp }) => cost !== undefined || costp !== undefined) ? asked : platform;
}

function cell(item: Spender, spending: SpendingById, field: 'per_hour' | 'spent' | 'projected'): string {
  const found = spending.get(item.metadata.id);
  if (!found || (field === 'per_hour' && found.runs === 0)) return '';
  const meters = metersOf(item);
  const text = moneysText(standingsOf(found, meters).map((one) => ({ currency: one.currency, amount: one[field] })));
  // What is counted has no price an hour, so there may be more; what has no price is not known.
  const counts = field !== 'spent' && meters.some(({ metric }) => metric !== 'runtime');
  return `${text}${counts ? '+' : ''}${field !== 'spent' && found.problems.length > 0 ? '?' : ''}`;
}

function figure(item: Spender, spending: SpendingById, field: 'per_hour' | 'spent' | 'projected'): number | undefined {
  const found = spending.get(item.metadata.id);
  const [first] = found ? standingsOf(found, metersOf(item)) : [];
  return first && Number(first[field]);
}

function metersOf(item: unknown): readonly Meter[] {
  const { meters = [], container } = item as { readonly meters?: readonly Meter[]; readonly container?: { readonly meters?: readonly Meter[] } };
  return [...meters, ...(container?.meters ?? [])];
}
