import { type Clock, timestamp } from '@neb/core-types';
import { z } from 'zod';

/** What a sender hands over. */
export interface Outgoing {
  /** Anything that JSON can say. */
  readonly content: unknown;
  /** Whoever sends with a key that was used for this stream within a day sends nothing and is told what the first had made. */
  readonly idempotencyKey?: string | undefined;
  /** After this moment (RFC 3339) it is no longer worked on; whoever waits is told so. Never, if absent. */
  readonly deadline?: string | undefined;
  /** Who sends it, as workers see it: an address. */
  readonly userId?: string | undefined;
  readonly orgs?: Readonly<Record<string, unknown>> | undefined;
  readonly handle?: string | undefined;
  /** For whom the message is, as workers see it, such as `processor:<id>`. */
  readonly adapter?: string | undefined;
}

/** What a worker reads in the field `data`. Written as the original nebulous wrote it, but for a key of the caller's, which is never in it. */
const envelope = z.looseObject({
  kind: z.string().default('StreamMessage'),
  id: z.string(),
  content: z.unknown(),
  created_at: z.union([z.number(), z.string()]).nullish(),
  return_stream: z.string().nullish(),
  feed: z.string().nullish(),
  user_id: z.string().nullish(),
  orgs: z.record(z.string(), z.unknown()).nullish(),
  handle: z.string().nullish(),
  adapter: z.string().nullish(),
  idempotency_key: z.string().nullish(),
  deadline: z.string().nullish(),
});

/** The envelope among an entry's fields, if it has one. */
export function messageIn(fields: ReadonlyMap<string, string>): z.infer<typeof envelope> | undefined {
  return envelope.safeParse(parsed(fields.get('data') ?? '')).data;
}

/** The text of the field `data`. */
export function written(message: Outgoing, more: { readonly id: string; readonly returnStream: string | undefined; readonly feed: string | undefined; readonly clock: Clock }): string {
  return JSON.stringify({
    kind: 'StreamMessage', id: more.id, content: message.content ?? null, created_at: Math.floor(more.clock.now() / 1_000), return_stream: more.returnStream, feed: more.feed,
    user_id: message.userId, orgs: message.orgs, handle: message.handle, adapter: message.adapter, idempotency_key: message.idempotencyKey, deadline: message.deadline,
  });
}

/** One answer of a worker: a chunk of several, or the last one. */
export type Answer =
  | { readonly kind: 'chunk'; readonly entryId: string; /** Its place among the chunks, where its worker says so. */ readonly n?: number | undefined; readonly content: unknown }
  | { readonly kind: 'done'; readonly entryId: string; readonly content: unknown }
  | { readonly kind: 'failed'; readonly entryId: string; readonly content: unknown; readonly message: string };

const answered = z.looseObject({ id: z.unknown().optional(), content: z.unknown(), status: z.string().optional() });

/**
 * What an entry of a return stream says, ours or the original's worker's: which message it answers is told by the stream it lies in,
 * since that worker's `id` is the entry's. What is no such answer is taken as the whole answer. Undefined for the marker `init`.
 */
export function readAnswer(entryId: string, fields: ReadonlyMap<string, string>): Answer | undefined {
  const data = fields.get('data');
  if (data === undefined) return fields.has('init') ? undefined : { kind: 'done', entryId, content: Object.fromEntries(fields) };
  return answerIn(entryId, data);
}

/** What the text in the field `data` of an entry of a return stream says. */
export function answerIn(entryId: string, data: string): Answer {
  const said = answered.safeParse(parsed(data));
  if (!said.success || said.data.status === undefined) return { kind: 'done', entryId, content: parsed(data) };
  const { id, content, status } = said.data;
  if (status === 'stream') return { kind: 'chunk', entryId, n: placeIn(id), content };
  return status === 'error' ? { kind: 'failed', entryId, content, message: errorIn(content) } : { kind: 'done', entryId, content };
}

/** The nth chunk of an answer is `<id>:<n>`. */
function placeIn(id: unknown): number | undefined {
  const [, n] = /:(\d+)$/.exec(typeof id === 'string' ? id : '') ?? [];
  return n === undefined ? undefined : Number(n);
}

/** What failed, in the words of a worker: `{ error, traceback }` of the original's and of ours. */
function errorIn(content: unknown): string {
  const said = z.object({ error: z.string() }).safeParse(content);
  return said.success ? said.data.error : typeof content === 'string' ? content : JSON.stringify(content ?? 'the worker gave no reason');
}

/** Parsed JSON, or the text itself where it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

interface Answering { readonly id: string; readonly clock: Clock }

/** The text of an answer that tells a failure. */
export function failure({ id, message, traceback, clock }: Answering & { readonly message: string; readonly traceback?: string | undefined }): string {
  return response({ id, content: { error: message, traceback }, status: 'error', clock });
}

/** The text of the last answer. */
export function success({ id, content, clock }: Answering & { readonly content: unknown }): string {
  return response({ id, content, status: 'success', clock });
}

/** The text of the nth chunk of an answer. */
export function chunk({ id, n, content, clock }: Answering & { readonly n: number; readonly content: unknown }): string {
  return JSON.stringify({ kind: 'StreamChunkMessage', id: `${id}:${n}`, content: content ?? null, status: 'stream', created_at: timestamp(clock.now()) });
}

function response({ id, content, status, clock }: Answering & { readonly content: unknown; readonly status: 'success' | 'error' }): string {
  return JSON.stringify({ kind: 'StreamResponseMessage', id, content: content ?? null, status, created_at: timestamp(clock.now()) });
}
