import { NebError } from '@neb/core-types';
import { z } from 'zod';
import { failureOf } from '../../failure.ts';
import { messageKey, waitMs } from '../processor-shapes.ts';
import type { AnswerEntry, AnswersInput, AnswerPiece, StreamMessage } from '../processors.ts';
import { refusal } from '../refusal.ts';
import { lasting } from '../while-good.ts';
import type { RestCall } from './route.ts';

/** The original's StreamData, its nulls included. */
export const streamData = z.object({
  content: z.unknown().describe('What the worker gets.'),
  wait: z.boolean().nullish().describe('Answer with the worker\'s answer.'),
  stream: z.boolean().nullish().describe('With `wait`: answer at once with where the pieces of the answer can be followed.'),
  wait_time_ms: waitMs.nullish().describe('How long `wait` waits, in milliseconds; an hour if absent.'),
  key: messageKey.nullish(),
});

/** What the original's readers of streams send. */
export const streamRequest = z.object({
  max_records: z.int().min(1).max(1_000).nullish().describe('Most messages to answer with; 10 if absent.'),
  wait_time_ms: waitMs.nullish().describe('How long to wait for an answer, in milliseconds; 1,000 if absent.'),
});

/** The original's StreamResponseMessage. */
export const response = z.object({
  kind: z.enum(['StreamResponseMessage', 'StreamChunkMessage']),
  id: z.string().describe('Of the message that is answered.'),
  content: z.unknown(),
  status: z.enum(['stream', 'success', 'error']),
  created_at: z.string(),
  chunks: z.array(z.unknown()).optional().describe('What came before the last piece, where the answer came in pieces.'),
});

/** The original's StreamMessage, as it lies in the stream. */
export const restMessage = z.object({
  kind: z.literal('StreamMessage'),
  id: z.string(),
  stream_id: z.string(),
  content: z.unknown(),
  created_at: z.int().describe('Seconds since the epoch.'),
  user_id: z.string().optional(),
});

function responseShape({ message_id: id, content, status, at }: AnswerPiece, chunks: readonly unknown[] = []): z.infer<typeof response> {
  const kind = status === 'stream' ? 'StreamChunkMessage' : 'StreamResponseMessage';
  return { kind, id, content, status, created_at: at, ...(chunks.length > 0 && { chunks: [...chunks] }) };
}

export function messageShape({ stream_id, message_id, content, at, sent_by }: StreamMessage): z.infer<typeof restMessage> {
  return { kind: 'StreamMessage', id: message_id ?? stream_id, stream_id, content, created_at: Math.floor(Date.parse(at) / 1_000), ...(sent_by !== undefined && { user_id: sent_by }) };
}

/** The answer to one message once it is whole. Throws `timeout`. */
export async function wholeAnswer(call: RestCall, input: AnswersInput): Promise<z.infer<typeof response>> {
  const chunks: unknown[] = [];
  for await (const piece of pieces(call, input)) {
    if (piece.status !== 'stream') return responseShape(piece, chunks);
    chunks.push(piece.content);
  }
  throw new NebError('unavailable', `the answer to message ${input.messageId} broke off`);
}

/** The pieces of an answer as server-sent events; an error that comes after the first is an event too. Shows every `pingMs` that it is alive. */
export async function* answerEvents(call: RestCall, input: AnswersInput, pingMs: number): AsyncGenerator<string, void> {
  yield ': the answer follows\n\n';
  try {
    for await (const piece of pinged(pieces(call, input), pingMs)) {
      yield piece === undefined ? ': nothing yet\n\n' : `id: ${piece.position}\ndata: ${JSON.stringify(responseShape(piece))}\n\n`;
    }
    yield 'event: end\ndata: {"stream_complete":true}\n\n';
  } catch (thrown) {
    yield `event: failure\ndata: ${JSON.stringify({ error: failureOf(refusal(thrown, call.context.requestId), call.context.requestId) })}\n\n`;
  }
}

function pieces({ who, context, signal }: RestCall, input: AnswersInput): AsyncIterable<AnswerEntry> {
  return lasting(signal, context.services.processors.answers(who, input, signal));
}

/** What `source` gives, and `undefined` wherever that takes longer than `everyMs`. */
async function* pinged<T>(source: AsyncIterable<T>, everyMs: number): AsyncGenerator<T | undefined, void> {
  const items = source[Symbol.asyncIterator]();
  try {
    for (let next = items.next(); ;) {
      const came = await within(next, everyMs);
      if (came?.done) return;
      yield came?.value;
      if (came) next = items.next();
    }
  } finally {
    void Promise.resolve(items.return?.()).catch(() => undefined);
  }
}

async function within<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, ms, undefined)));
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
