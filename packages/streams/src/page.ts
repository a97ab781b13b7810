import type { Page } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { type Entry, readEntries } from './entries.ts';

export interface ListQuery {
  /** 100 if absent, 1,000 at most. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
  /** False if absent. */
  readonly newestFirst?: boolean | undefined;
}

interface Pages<T> {
  readonly stream: string;
  readonly view: (entry: Entry) => T;
}

const longest = 1_000;

/** A page of a stream, the oldest first unless asked otherwise. Takes nothing away. The cursor has to be the id of an entry. */
export async function readPage<T>(redis: Redis, { stream, view }: Pages<T>, { limit = 100, cursor, newestFirst = false }: ListQuery): Promise<Page<T>> {
  const size = Math.min(Math.max(limit, 1), longest);
  // One more than fits tells whether another page follows.
  const found = readEntries(newestFirst
    ? await redis.xrevrange(stream, cursor === undefined ? '+' : `(${cursor}`, '-', 'COUNT', size + 1)
    : await redis.xrange(stream, cursor === undefined ? '-' : `(${cursor}`, '+', 'COUNT', size + 1));
  const items = found.slice(0, size);
  return { items: items.map(view), ...(found.length > size && { next: items.at(-1)!.id }) };
}
