import { NebError, type Page, type StreamGroup } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { ownFields } from './carried.ts';
import { type Entry, isEntryId } from './entries.ts';
import { messageIn } from './envelope.ts';
import { keysOf } from './keys.ts';
import { type ListQuery, readPage } from './page.ts';

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
export async function listMessages(redis: Redis, of: StreamGroup, query: ListQuery = {}): Promise<Page<Listed>> {
  const { cursor } = query;
  if (cursor !== undefined && !isEntryId(cursor)) throw new NebError('invalid', `${JSON.stringify(cursor)} is no cursor of messages`, { hint: 'Hand back the cursor that the last answer named, unchanged.' });
  return await readPage(redis, { stream: keysOf(of).main, view: listed }, query);
}

function listed({ id: entryId, fields }: Entry): Listed {
  const message = messageIn(fields);
  return message ? { entryId, id: message.id, content: message.content, ...(typeof message.user_id === 'string' && { userId: message.user_id }) } : { entryId, content: ownFields(fields) };
}
