import { NebError } from '@neb/core-types';

/** The parts of a cursor of ours, each a whole number. Throws `invalid` for anything else. */
export function readCursor(text: string, parts: number): readonly number[] {
  const numbers = text.split('.').map((part) => (/^\d{1,15}$/.test(part) ? Number(part) : NaN));
  if (numbers.length !== parts || numbers.some(Number.isNaN)) {
    throw new NebError('invalid', `"${text.slice(0, 40)}" is not a cursor`, { hint: 'Hand back the cursor that the last answer named, unchanged.' });
  }
  return numbers;
}

/** What to do where a change feed no longer reaches back far enough. */
export function feedExpired(): NebError {
  return new NebError('expired', 'the changes after that position are no longer kept', { hint: 'List the objects again and watch from there.' });
}

/** How many items a page holds: 100 unless told, `most` at most. */
export function pageSize(limit: number | undefined, most = 1_000): number {
  return Math.min(Math.max(limit ?? 100, 1), most);
}

/** How many rows a page of a long list holds at most. */
export const mostRows = 5_000;
