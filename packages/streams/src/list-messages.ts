import { NebError, type Page, type StreamGroup } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { type Entry, isEntryId, readEntries } from './entries.ts';
import { messageIn } from './envelope.ts';
import { keysOf } from './keys.ts';
import { pageOf, pageSize } from './page.ts';

export interface ListQuery {
  /** 100 if absent, 1,000 at most. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
  /** False if absent. */
  readonly newestFirst?: boolean | undefined;
}

/** A message that lies in a stream. */
export interface Listed {
  readonly entryId: string;
  /** Its own id, where it was sent as neb sends. */
  readonly id?: string | undefined;
  /** Who sent it, where it says so. */
  readonly userId?: string | undefined;
  readonly content: unknown;
}

/** The oldest first, unless asked otherwise. */
export async function listMessages(redis: Redis, of: StreamGroup, { limit = 100, cursor, newestFirst = false }: ListQuery = {}): Promise<Page<Listed>> {
  if (cursor !== undefined && !isEntryId(cursor)) throw new NebError('invalid', `${JSON.stringify(cursor)} is no cursor of messages`, { hint: 'Hand back the cursor that the last answer named, unchanged.' });
  const size = pageSize(limit);
  const { main } = keysOf(of);
  const found = readEntries(newestFirst
    ? await redis.xrevrange(main, cursor === undefined ? '+' : `(${cursor}`, '-', 'COUNT', size + 1)
    : await redis.xrange(main, cursor === undefined ? '-' : `(${cursor}`, '+', 'COUNT', size + 1));
  return pageOf(found, size, listed);
}

function listed({ id: entryId, fields }: Entry): Listed {
  const message = messageIn(fields);
  return message ? { entryId, id: message.id, content: message.content, ...(typeof message.user_id === 'string' && { userId: message.user_id }) } : { entryId, content: Object.fromEntries(fields) };
}
