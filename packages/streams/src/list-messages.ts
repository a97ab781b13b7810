import { NebError, type Page, type StreamGroup } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { messageIn } from './dead-letters.ts';
import { readEntries } from './entries.ts';
import { keysOf } from './keys.ts';

export interface ListQuery {
  /** 100 if absent, 1,000 at most. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

/** A message that lies in a stream. */
export interface Listed {
  readonly entryId: string;
  /** Its own id, where it was sent as neb sends. */
  readonly id?: string | undefined;
  readonly content: unknown;
}

const longestPage = 1_000;

/** The oldest first. */
export async function listMessages(redis: Redis, of: StreamGroup, { limit = 100, cursor }: ListQuery = {}): Promise<Page<Listed>> {
  if (cursor !== undefined && !/^\d{1,20}-\d{1,20}$/.test(cursor)) throw new NebError('invalid', `${JSON.stringify(cursor)} is no cursor of messages`, { hint: 'Hand back the cursor that the last answer named, unchanged.' });
  const size = Math.min(Math.max(limit, 1), longestPage);
  const found = readEntries(await redis.xrange(keysOf(of).main, cursor === undefined ? '-' : `(${cursor}`, '+', 'COUNT', size + 1));
  const items = found.slice(0, size).map(({ id: entryId, fields }): Listed => {
    const message = messageIn(fields);
    return message ? { entryId, id: message.id, content: message.content } : { entryId, content: Object.fromEntries(fields) };
  });
  return found.length > size ? { items, next: items.at(-1)!.entryId } : { items };
}
