import { carriedIn, ownFields } from '../carried.ts';
import { type Entry, sentAt as timeOf } from '../entries.ts';
import { messageIn, parsed } from '../envelope.ts';

/** A message as a handler gets it. */
export interface Message<T> {
  readonly id: string;
  /** Its entry in the stream. */
  readonly entryId: string;
  readonly content: T;
  /** The same at every attempt, and when the sender sent it twice with one key: hand it to whatever else must do a thing once. */
  readonly idempotencyKey: string;
  /** When it was sent: RFC 3339. */
  readonly sentAt: string;
  readonly deadline?: string | undefined;
  readonly userId?: string | undefined;
  readonly orgs?: Readonly<Record<string, unknown>> | undefined;
  readonly handle?: string | undefined;
  readonly adapter?: string | undefined;
}

/** A message, with where its answers go. */
export interface Read {
  readonly message: Message<unknown>;
  readonly returnStream: string | undefined;
  /** By what name its sender is told of last answers. */
  readonly feed: string | undefined;
}

/** What an entry says, however it was sent: in neb's envelope, as JSON in a field `data`, or as plain fields. */
export function readMessage({ id: entryId, fields }: Entry): Read {
  const sent = messageIn(fields);
  const firstId = carriedIn(fields).firstId ?? entryId;
  const sentAt = timeOf(firstId);
  if (!sent) {
    const data = fields.get('data');
    const content = data === undefined ? ownFields(fields) : parsed(data);
    return { message: { id: firstId, entryId, content, idempotencyKey: firstId, sentAt }, returnStream: undefined, feed: undefined };
  }
  return {
    message: {
      id: sent.id, entryId, content: inner(sent.content), idempotencyKey: sent.idempotency_key ?? sent.id, sentAt,
      deadline: sent.deadline ?? undefined, userId: sent.user_id ?? undefined, orgs: sent.orgs ?? undefined, handle: sent.handle ?? undefined, adapter: sent.adapter ?? undefined,
    },
    returnStream: sent.return_stream ?? undefined,
    feed: sent.feed ?? undefined,
  };
}

/** Some senders put a whole message into a message. */
function inner(content: unknown): unknown {
  const { kind, id, content: within } = (content ?? {}) as { readonly kind?: unknown; readonly id?: unknown; readonly content?: unknown };
  return (kind === 'StreamMessage' || kind === 'OpenAIStreamMessage') && typeof id === 'string' && within !== undefined ? within : content;
}
