import type { Page } from '@neb/core-types';
import type { Entry } from './entries.ts';

const longest = 1_000;

/** How many a page has: what was asked for, 1 to 1,000. */
export function pageSize(limit: number): number {
  return Math.min(Math.max(limit, 1), longest);
}

/** A page of what was read, of which there is one more where another page follows. */
export function pageOf<T>(found: readonly Entry[], size: number, view: (entry: Entry) => T): Page<T> {
  const items = found.slice(0, size);
  return { items: items.map(view), ...(found.length > size && { next: items.at(-1)!.id }) };
}
