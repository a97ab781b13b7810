import type { Call, Page, Processor } from '@neb/core-types';
import { NebError } from '@neb/core-types/errors';
import type { AnswerEntry, DeadLetter, MessageInput, ProcessorExplanation, ProcessorHealth, SentMessage, StreamMessage } from '../contract/processors.ts';
import type { Calls } from './calls.ts';
import type { ProcessorInput } from './inputs.ts';
import { list, type List } from './list.ts';
import { objectCalls, objectsClient, type ObjectsClient } from './objects.ts';
import type { ObjectRef, Resolve } from './refs.ts';

export interface SendOptions extends Call {
  /** Sending another with the same key sends nothing, and answers with the first one's ids; kept for a day. With a key a send that was cut off is tried again. */
  readonly key?: string | undefined;
}

export interface AskOptions extends SendOptions {
  /** How long to wait for the end of the answer, in milliseconds; an hour by default. */
  readonly waitMs?: number | undefined;
}

export interface HealthOptions extends Call {
  /** How long to wait for a worker's word, in milliseconds; 30,000 by default. Then it rejects with `timeout`. */
  readonly waitMs?: number | undefined;
}

export interface AnswersOptions extends Call {
  /** How long to wait for the end of the answer, in milliseconds; an hour by default. Then it rejects with `timeout`. */
  readonly waitMs?: number | undefined;
  /** Go on after the piece with this `position`. */
  readonly after?: string | undefined;
}

/** An answer that came to its end. */
export interface WholeAnswer {
  readonly message_id: string;
  /** Of the last piece; `null` where a worker said all in the pieces before it. */
  readonly content: unknown;
  /** What came before the last piece. */
  readonly chunks: readonly unknown[];
}

export interface PageQuery {
  /** How many a page has; 10 by default, at most 1,000. */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** What every processor can do, and what can be done with the messages in its stream. */
export interface ProcessorsClient extends ObjectsClient<Processor, ProcessorInput> {
  /** Once it resolves, the message is in the stream and will be worked off. Rejects with `invalid` and the path of each fault where it does not fit the schema. */
  send(ref: ObjectRef, content: unknown, options?: SendOptions): Promise<SentMessage>;
  /** The same for up to 1,000 messages, in their order: all are checked before any is sent. */
  sendAll(ref: ObjectRef, messages: readonly MessageInput[], call?: Call): Promise<readonly SentMessage[]>;
  /** Sends a message and waits for the whole answer. Rejects with `failed` and the worker's words where the answer is an error, and with `timeout`; the message is worked off all the same. */
  ask(ref: ObjectRef, content: unknown, options?: AskOptions): Promise<WholeAnswer>;
  /** Sends a message and gives what the answer says, piece by piece as it comes. Rejects as `ask` does. */
  stream(ref: ObjectRef, content: unknown, options?: AskOptions): AsyncIterable<unknown>;
  /** The whole answer to a message that was sent. Rejects as `ask` does. */
  answer(ref: ObjectRef, messageId: string, options?: AnswersOptions): Promise<WholeAnswer>;
  /** The pieces of the answer to a message that was sent, the last one among them, over as many connections as it takes. Rejects as `ask` does. */
  answers(ref: ObjectRef, messageId: string, options?: AnswersOptions): AsyncIterable<AnswerEntry>;
  /** The latest messages, newest first, whoever has worked them off. Takes none away. */
  read(ref: ObjectRef, query?: PageQuery, call?: Call): List<StreamMessage>;
  /** Messages that were given up. */
  readonly deadLetters: {
    /** Newest first. */
    list(ref: ObjectRef, query?: PageQuery, call?: Call): List<DeadLetter>;
    /** Sends one anew, or all; how many. */
    replay(ref: ObjectRef, which?: { readonly id?: string | undefined }, call?: Call): Promise<number>;
    /** Forgets one, or all; how many. */
    purge(ref: ObjectRef, which?: { readonly id?: string | undefined }, call?: Call): Promise<number>;
  };
  /** What one of its workers says of itself, whichever takes the question first. Where none is ready it resolves at once with the processor's own word; nobody is woken. */
  health(ref: ObjectRef, options?: HealthOptions): Promise<ProcessorHealth>;
  /** Keeps so many workers until the manifest is applied again; with `auto` the autoscaler decides again. */
  scale(ref: ObjectRef, replicas: number | 'auto', call?: Call): Promise<Processor>;
  /** Why it has as many workers as it has. */
  explain(ref: ObjectRef, call?: Call): Promise<ProcessorExplanation>;
}

export interface ProcessorWires {
  readonly calls: Calls;
  readonly resolve: Resolve;
  readonly namespace: string | undefined;
}

export function processorsClient({ calls, resolve, namespace }: ProcessorWires): ProcessorsClient {
  const sendAll: ProcessorsClient['sendAll'] = (ref, messages, call) =>
    calls.mutate('processors.send', { ref: resolve(ref), messages }, { signal: call?.signal, repeatable: messages.every(({ key }) => key !== undefined) });
  const send: ProcessorsClient['send'] = async (ref, content, { key, signal } = {}) => {
    const [sent] = await sendAll(ref, [{ content, ...(key !== undefined && { key }) }], { signal });
    if (!sent) throw new NebError('internal', 'the server did not say what became of the message');
    return sent;
  };
  async function* answers(ref: ObjectRef, messageId: string, { waitMs, after, signal }: AnswersOptions = {}): AsyncGenerator<AnswerEntry, void> {
    const input = { ref: resolve(ref), messageId, ...(waitMs !== undefined && { waitMs }), ...(after !== undefined && { after }) };
    for await (const piece of calls.subscribe('processors.answers', input, { signal })) {
      if (piece.status === 'error') throw failedAnswer(ref, piece);
      yield piece;
      if (piece.status === 'success') return;
    }
    throw new NebError('unavailable', `the answer to message ${messageId} broke off`, { hint: 'The message is worked off all the same; ask for its answer again.' });
  }
  const answer = async (ref: ObjectRef, messageId: string, options?: AnswersOptions): Promise<WholeAnswer> => {
    const chunks: unknown[] = [];
    for await (const { status, message_id, content } of answers(ref, messageId, options)) {
      if (status === 'success') return { message_id, content, chunks };
      chunks.push(content);
    }
    throw new Error('an answer ended without its last piece');
  };
  return {
    ...objectsClient<Processor, ProcessorInput>(objectCalls(calls, 'Processor', 'processors'), resolve, namespace),
    send,
    sendAll,
    ask: async (ref, content, options = {}) => answer(ref, (await send(ref, content, options)).message_id, options),
    async *stream(ref, content, options = {}) {
      const { message_id: id } = await send(ref, content, options);
      // A worker that answers in pieces ends with an empty one.
      for await (const { status, content: said } of answers(ref, id, options)) if (status === 'stream' || (said !== null && said !== undefined)) yield said;
    },
    answer,
    answers,
    read: (ref, query = {}, call) => pages((cursor) => calls.query('processors.read', { ref: resolve(ref), ...query, ...cursor }, call)),
    deadLetters: {
      list: (ref, query = {}, call) => pages((cursor) => calls.query('processors.deadLetters', { ref: resolve(ref), ...query, ...cursor }, call)),
      replay: async (ref, which, call) => (await calls.mutate('processors.replay', { ref: resolve(ref), ...which }, call)).replayed,
      purge: async (ref, which, call) => (await calls.mutate('processors.purge', { ref: resolve(ref), ...which }, call)).purged,
    },
    health: (ref, { waitMs, signal } = {}) => calls.query('processors.health', { ref: resolve(ref), ...(waitMs !== undefined && { waitMs }) }, { signal }),
    scale: (ref, replicas, call) => calls.mutate('processors.scale', { ref: resolve(ref), ...(replicas !== 'auto' && { replicas }) }, call),
    explain: (ref, call) => calls.query('processors.explain', resolve(ref), call),
  };
}

function pages<T>(fetchPage: (cursor: { readonly cursor?: string }) => Promise<Page<T>>): List<T> {
  return list<T, Page<T>>((cursor) => fetchPage(cursor === undefined ? {} : { cursor }));
}

function failedAnswer(ref: ObjectRef, { message_id: messageId, content }: AnswerEntry): NebError {
  const name = 'id' in ref ? ref.id : ref.name;
  return new NebError('failed', `processor ${name} answered message ${messageId} with an error: ${errorIn(content)}`, {
    hint: 'What its workers wrote tells more: neb logs processor/NAME.', details: { messageId, content },
  });
}

/** What failed, in the words of a worker: `{ error, traceback }`, or a text. */
function errorIn(content: unknown): string {
  if (typeof content === 'string') return content;
  const error: unknown = typeof content === 'object' && content !== null && 'error' in content ? content.error : undefined;
  return typeof error === 'string' ? error : (JSON.stringify(content) ?? 'it gave no reason');
}
