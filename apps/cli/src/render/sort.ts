import { didYouMean, NebError } from '@neb/core-types';
import { parsePath } from '../jsonpath/parse.ts';
import { plainText, selectOne } from '../jsonpath/select.ts';
import type { Column } from './table.ts';

/** `items` in the order of a column's title or of a path such as `.metadata.created_at`. Throws `invalid`. */
export function sortedBy<T>(items: readonly T[], by: string, columns: readonly Column<T>[]): readonly T[] {
  const key = sortKey(by, columns);
  const collator = new Intl.Collator('en', { numeric: true });
  return items.map((item) => ({ item, key: key(item) })).sort((a, b) => order(a.key, b.key, collator)).map(({ item }) => item);
}

function sortKey<T>(by: string, columns: readonly Column<T>[]): (item: T) => unknown {
  if (/^[{.$[]/.test(by)) {
    const path = parsePath(by.replace(/^\{(.*)\}$/s, '$1'));
    return (item) => selectOne(item, path);
  }
  const column = columns.find(({ title, alias }) => [title.toLowerCase(), alias].includes(by.toLowerCase()));
  if (column) return column.data ?? column.cell;
  const titles = columns.flatMap(({ title, alias }) => [title.toLowerCase(), ...(alias === undefined ? [] : [alias])]);
  throw new NebError('invalid', `--sort-by ${by}: there is no such column.${didYouMean(by, titles)}`, { hint: `Give one of ${titles.join(', ')}, or a path such as .metadata.created_at.` });
}

/** What is absent comes last; numbers and amounts of money by size, all else as text with its numbers by size. */
function order(a: unknown, b: unknown, collator: Intl.Collator): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  // Digit by digit $0.39 would come after $0.4.
  if (isDecimal(a) && isDecimal(b)) return Number(a) - Number(b);
  return collator.compare(plainText(a), plainText(b));
}

const isDecimal = (value: unknown): value is string => typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value);
