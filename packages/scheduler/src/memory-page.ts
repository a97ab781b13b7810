import type { Page } from '@neb/core-types';

interface Paging {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** A page of items sorted by `position`; the cursor is the position of the last one seen. */
export function page<T>(items: readonly T[], { limit = 100, cursor }: Paging, position: (item: T) => number): Page<T> {
  const rest = cursor === undefined ? items : items.filter((item) => position(item) > Number(cursor));
  const taken = rest.slice(0, Math.min(limit, 1_000));
  return { items: taken, next: rest.length > taken.length ? String(position(taken.at(-1)!)) : undefined };
}

/** A page from the end backwards; the cursor counts what was seen. */
export function newestFirst<T>(items: readonly T[], { limit = 100, cursor }: Paging): Page<T> {
  const skip = Number(cursor ?? 0);
  const taken = items.toReversed().slice(skip, skip + Math.min(limit, 1_000));
  const seen = skip + taken.length;
  return { items: taken, next: seen < items.length ? String(seen) : undefined };
}
