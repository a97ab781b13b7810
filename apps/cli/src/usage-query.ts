import { didYouMean, NebError, parseSelector, type UsageDimension, usageDimensions, type UsageKind, usageKinds } from '@neb/core-types';
import type { CostTotal, Totals, UsageInput } from '@neb/sdk';
import type { Command } from 'commander';
import type { Column } from './render/table.ts';
import type { Session } from './session.ts';
import { momentOf } from './when.ts';

export interface UsageFlags {
  readonly by?: string;
  readonly since?: string;
  readonly until?: string;
  readonly owner?: string;
  readonly kind?: string;
  readonly selector?: string;
  readonly allNamespaces?: boolean;
  readonly limit?: string;
}

/** The flags that say what usage is asked for. */
export function usageFlags(command: Command): Command {
  return command
    .option('--by <words>', `what to tell apart by, with commas between: ${usageDimensions.join(', ')}, label:KEY; day and namespace if absent`)
    .option('--since <when>', 'what began then or later: 7d, 2026-11-01, or a time; all if absent')
    .option('--until <when>', 'what began before then')
    .option('--owner <owner>', 'of this user or organisation; all that you may see if absent')
    .option('--kind <kind>', `${usageKinds.join(', ')}`)
    .option('-l, --selector <labels>', 'with these labels: team=search')
    .option('-A, --all-namespaces', 'of all namespaces, whatever the context says')
    .option('--limit <count>', 'most lines; 1,000 if absent');
}

/** What the flags ask for. Throws `invalid` for words that mean nothing. */
export async function usageQuery(session: Session, { by, since, until, owner, kind, selector, allNamespaces, limit }: UsageFlags): Promise<UsageInput & { readonly by: readonly UsageDimension[] }> {
  const most = limit === undefined ? undefined : Number(limit);
  if (most !== undefined && !(Number.isInteger(most) && most > 0 && most <= 10_000)) throw new NebError('invalid', `--limit ${limit} is not a count from 1 to 10000`);
  return {
    by: (by ?? 'day,namespace').split(',').map(dimensionOf),
    since: since === undefined ? undefined : momentOf(session, 'since', since),
    until: until === undefined ? undefined : momentOf(session, 'until', until),
    owner, kind: kind === undefined ? undefined : kindOf(kind), labels: selector === undefined ? undefined : labelsOf(selector),
    namespace: allNamespaces ? undefined : (await session.settings()).namespace?.value, limit: most,
  };
}

/** A column for each word that was asked by. */
function byColumns<T extends CostTotal>(by: readonly UsageDimension[]): readonly Column<T>[] {
  return by.map((word) => ({ title: word.toUpperCase(), cell: (total) => total.by[word] ?? '', shrinks: true }));
}

/** What there is of each currency. */
const moneyColumns: readonly Column<CostTotal>[] = [
  { title: 'AMOUNT', cell: ({ amount }) => amount, side: 'right' },
  { title: 'COST', cell: ({ cost }) => cost, side: 'right' },
  { title: 'MARGIN', cell: ({ margin }) => margin, side: 'right' },
  { title: 'CURRENCY', cell: ({ currency }) => currency },
];

/** Prints totals: what they were asked by, what is `more` of them, and the money; and says so where there are more lines than were asked for. */
export async function showTotals<T extends CostTotal>(session: Session, { items, more }: Totals<T>, shown: { readonly by: readonly UsageDimension[]; readonly more?: readonly Column<T>[]; readonly name: (total: T) => string }): Promise<void> {
  if (items.length === 0 && session.out.format.do === 'table') return session.note('Nothing was used. What runs is counted hour by hour, and when it ends.');
  await session.out.list<T>({ items, columns: [...byColumns<T>(shown.by), ...(shown.more ?? []), ...moneyColumns], name: shown.name, id: shown.name });
  if (more) session.note(`These are the first ${items.length}; --limit shows more.`);
}

function dimensionOf(word: string): UsageDimension {
  const known = usageDimensions.find((one) => one === word.trim());
  if (known) return known;
  if (/^label:./.test(word)) return word as UsageDimension;
  throw new NebError('invalid', `usage cannot be told apart by ${word}.${didYouMean(word, usageDimensions)}`, { hint: `Use ${usageDimensions.join(', ')} or label:KEY.` });
}

function kindOf(word: string): UsageKind {
  const known = usageKinds.find((one) => one === word);
  if (!known) throw new NebError('invalid', `--kind ${word} is none of ${usageKinds.join(', ')}.${didYouMean(word, usageKinds)}`);
  return known;
}

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(parseSelector(text).map((requirement): [string, string] => {
    const [value, ...more] = requirement.op === 'in' ? requirement.values : [];
    if (value === undefined || more.length > 0) throw new NebError('invalid', `--selector ${text}: usage is selected by KEY=VALUE only`);
    return [requirement.key, value];
  }));
}
