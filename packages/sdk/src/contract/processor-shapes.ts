import { event, type Processor, processor, processorStatus } from '@neb/core-types';
import { z } from 'zod';
import { refInput } from './inputs.ts';
import { known, type Show } from './outputs.ts';
import type { DeadLetter, ProcessorExplanation, ProcessorHealth, SentMessage, StreamMessage } from './processors.ts';

const limit = z.int().min(1).max(1_000).optional().describe('Most to answer with at once; 10 if absent.');
const cursor = z.string().optional().describe('`next` of the page before.');
export const messageKey = z.string().min(1).max(512).describe('Sending another with the same key sends nothing, and answers with the first one\'s ids; kept for a day.');
/** No timer counts further, and nobody waits longer. */
export const waitMs = z.int().min(0).max(86_400_000).describe('How long to wait for the end of the answer, in milliseconds.');
export const replicaCount = z.int().min(0).max(10_000).describe('How many workers to keep, until the manifest is applied again.');

const message = z.strictObject({ content: z.unknown(), key: messageKey.optional() });
export const sendInput = z.strictObject({ ref: refInput, messages: z.array(message).min(1, { error: 'needs at least one message' }).max(1_000, { error: 'takes at most 1,000 messages at once' }).readonly() });
export const answersInput = z.strictObject({ ref: refInput, messageId: z.string().min(1).max(512), waitMs: waitMs.optional(), after: z.string().optional(), lastEventId: z.string().optional() });
export const readInput = z.strictObject({ ref: refInput, limit, cursor });
export const deadLettersInput = z.strictObject({ ref: refInput, id: z.string().min(1).max(512).optional() });
export const healthInput = z.strictObject({ ref: refInput, waitMs: waitMs.optional() });
export const scaleInput = z.strictObject({ ref: refInput, replicas: replicaCount.optional() });

// What gets out: no field that is not here.

/** What the autoscaler remembers is its own. */
const shownStatus = processorStatus.omit({ scaling: true });
/** A processor as it is shown. */
export const shownProcessor = processor.extend({ status: shownStatus });
/** By its known fields only, as a container. */
export const showProcessor: Show<Processor> = known<Processor>('Processor', { top: Object.keys(processor.shape), status: Object.keys(shownStatus.shape) });

export const sentMessage = z.object({
  message_id: z.string().describe('Of the message, as its answer names it.'),
  stream_id: z.string().describe('Of its entry in the stream.'),
  return_stream: z.string().describe('Where its answer comes.'),
}) satisfies z.ZodType<SentMessage>;

const streamMessage = z.object({
  stream_id: z.string(),
  message_id: z.string().optional(),
  content: z.unknown(),
  at: z.string(),
  sent_by: z.string().optional(),
}) satisfies z.ZodType<StreamMessage>;

export const deadLetter = streamMessage.extend({
  id: z.string().describe('What is replayed or purged.'),
  error: z.string(),
  attempts: z.number(),
  died_at: z.string(),
}) satisfies z.ZodType<DeadLetter>;

export const messagePage = z.object({ items: z.array(streamMessage), next: z.string().optional() });
export const deadLetterPage = z.object({ items: z.array(deadLetter), next: z.string().optional() });
export const replayed = z.object({ replayed: z.number() });
export const purged = z.object({ purged: z.number() });

export const processorHealth = z.object({
  status: z.string().describe('`ok` or `error`, or what else the worker says; the processor\'s own word where no worker is ready.'),
  message: z.string().optional(),
  details: z.unknown().optional(),
}) satisfies z.ZodType<ProcessorHealth>;

const threshold = z.object({ holdMs: z.number() });
export const processorExplanation = z.object({
  processor: z.unknown().transform(showProcessor),
  pressure: z.object({
    backlog: z.number(), exact: z.boolean().describe('False where `backlog` is an estimate, from above.'), pending: z.number(), acknowledged: z.number(),
    oldestWaitingMs: z.number().optional(), oldestPendingMs: z.number().optional(),
    consumers: z.array(z.object({ name: z.string(), pending: z.number(), idleMs: z.number() })),
  }).optional().describe('As Redis has it now; absent where it cannot be reached.'),
  policy: z.object({
    min: z.number(), max: z.number(),
    up: threshold.extend({ abovePressure: z.number() }), down: threshold.extend({ belowPressure: z.number() }), zero: threshold.optional(),
  }),
  replicas: z.array(z.object({
    name: z.string(), id: z.string(), status: z.string(), ready: z.boolean(), draining: z.boolean(), pending: z.number().optional().describe('Messages it holds.'),
  })),
  decision: processorStatus.shape.decision,
  events: z.array(event),
}) satisfies z.ZodType<ProcessorExplanation>;
