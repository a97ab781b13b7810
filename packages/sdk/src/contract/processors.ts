import type { Caller, Event, Page, Pressure, Processor, ProcessorStatus } from '@neb/core-types';
import type { Objects, Ref } from './services.ts';

/** One message for a processor. */
export interface MessageInput {
  readonly content: unknown;
  /** Sending another with the same key sends nothing, and answers with the first one's ids; kept for a day. */
  readonly key?: string | undefined;
}

export interface SendInput {
  readonly ref: Ref;
  /** At most 1,000; they are checked against the processor's schema before any is sent. */
  readonly messages: readonly MessageInput[];
}

/** A message that was accepted: it is in the stream, and will be worked off. */
export interface SentMessage {
  /** Of the message, as its answer names it. */
  readonly message_id: string;
  /** Of its entry in the stream. */
  readonly stream_id: string;
  /** Where its answer comes. */
  readonly return_stream: string;
}

/** A piece of an answer; the last one is `success` or `error`. */
export interface AnswerPiece {
  readonly message_id: string;
  readonly status: 'stream' | 'success' | 'error';
  readonly content: unknown;
  /** RFC 3339. */
  readonly at: string;
}

export interface AnswersInput {
  readonly ref: Ref;
  readonly messageId: string;
  /** How long to wait for the end of the answer, in milliseconds; an hour if absent. Then `timeout` is thrown. */
  readonly waitMs?: number | undefined;
  /** Go on after this piece. */
  readonly after?: string | undefined;
}

/** A piece with the position to go on after. */
export interface AnswerEntry extends AnswerPiece {
  readonly position: string;
}

/** A message as it lies in the stream. */
export interface StreamMessage {
  readonly stream_id: string;
  readonly message_id?: string | undefined;
  readonly content: unknown;
  /** RFC 3339. */
  readonly at: string;
  /** Who sent it; absent where the message does not tell. */
  readonly sent_by?: string | undefined;
}

export interface DeadLetter extends StreamMessage {
  /** What is replayed or purged. */
  readonly id: string;
  readonly error: string;
  readonly attempts: number;
  /** RFC 3339. */
  readonly died_at: string;
}

export interface ReadInput {
  readonly ref: Ref;
  /** 10 if absent; at most 1,000. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

export interface DeadLettersInput {
  readonly ref: Ref;
  /** Only this one; all if absent. */
  readonly id?: string | undefined;
}

export interface HealthInput {
  readonly ref: Ref;
  /** How long to wait for a worker's word, in milliseconds; 30,000 if absent. Then `timeout` is thrown. */
  readonly waitMs?: number | undefined;
}

/** What one of a processor's workers says of itself. */
export interface ProcessorHealth {
  /** `ok` or `error`, or what else workers say; the processor's own word where none is ready. */
  readonly status: string;
  readonly message?: string | undefined;
  readonly details?: unknown;
}

/** Why a processor has as many workers as it has. */
export interface ProcessorExplanation {
  readonly processor: Processor;
  /** As Redis has it now; absent where it cannot be reached. */
  readonly pressure?: Pressure | undefined;
  /** The policy as it is followed, with the defaults of what the manifest leaves out. */
  readonly policy: { readonly min: number; readonly max: number; readonly up: { readonly abovePressure: number; readonly holdMs: number }; readonly down: { readonly belowPressure: number; readonly holdMs: number }; readonly zero?: { readonly holdMs: number } | undefined };
  readonly replicas: readonly { readonly name: string; readonly id: string; readonly status: string; readonly ready: boolean; readonly draining: boolean; /** Messages it holds. */ readonly pending?: number | undefined }[];
  readonly decision?: ProcessorStatus['decision'];
  readonly events: readonly Event[];
}

export interface Processors extends Objects<Processor> {
  /** Throws `invalid`, with the path of every fault, where a message does not fit the schema; then none is sent. */
  send(who: Caller, input: SendInput): Promise<readonly SentMessage[]>;
  /** The answer to one message as it comes. */
  answers(who: Caller, input: AnswersInput, signal: AbortSignal): AsyncIterable<AnswerEntry>;
  /** The latest messages of its stream, newest first, whoever has worked them off. Takes none away. */
  read(who: Caller, input: ReadInput): Promise<Page<StreamMessage>>;
  /** Messages that were given up, newest first. */
  deadLetters(who: Caller, input: ReadInput): Promise<Page<DeadLetter>>;
  /** Sends them anew; how many. */
  replay(who: Caller, input: DeadLettersInput): Promise<{ readonly replayed: number }>;
  /** Forgets them; how many. */
  purge(who: Caller, input: DeadLettersInput): Promise<{ readonly purged: number }>;
  /** Asks whichever of its workers takes the question first. Where none is ready it answers at once, and wakes nobody. */
  health(who: Caller, input: HealthInput, signal: AbortSignal): Promise<ProcessorHealth>;
  /** Keeps so many workers until the manifest is applied again; without a number the autoscaler decides again. */
  scale(who: Caller, input: { readonly ref: Ref; readonly replicas?: number | undefined }): Promise<Processor>;
  explain(who: Caller, ref: Ref): Promise<ProcessorExplanation>;
}
