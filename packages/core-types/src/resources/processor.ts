import { z } from 'zod';
import { duration } from '../duration.ts';
import { withAliases } from './alias.ts';
import { condition } from './condition.ts';
import { meter } from './container-parts.ts';
import { messageField } from './message-field.ts';
import { metadata, metadataField } from './metadata.ts';
import { countAliases, held, inOrder, outOfOrder, replicas, workload } from './scaled.ts';

/** The short list of fields, or a JSON Schema. */
const messageSchema = z.union([z.array(messageField), z.record(z.string(), z.unknown())]);

const processorFields = {
  stream: z.string().min(1).max(512).optional().describe('Redis stream to work off, named <namespace>:...; processor:<namespace>:<name> if absent.'),
  container: workload.describe('What each worker runs.'),
  schema: messageSchema.optional().describe('What a message must look like.'),
  common_schema: z.string().optional().describe('A well-known message schema, such as OPENAI_CHAT.'),
  min_replicas: replicas.describe('Fewest workers; 0 lets it scale to nothing. 1 if absent.'),
  max_replicas: replicas.describe('Most workers; 10 if absent, or the fewest where those are more.'),
  scale: z
    .strictObject({
      up: z.strictObject({ above_pressure: z.number().min(0).describe('Messages waiting.'), duration: held }).optional().describe('When to add workers.'),
      down: z.strictObject({ below_pressure: z.number().min(0).describe('Messages waiting.'), duration: held }).optional().describe('When to take workers away.'),
      zero: z.strictObject({ duration: held }).optional().describe('When to keep none.'),
    })
    .optional()
    .describe('When the number of workers changes.'),
  max_attempts: z.int().min(1).max(1_000).optional().describe('How often a message is tried before it goes to the dead letters; 5 if absent.'),
  meters: z.array(meter).optional().describe('What is billed for it: requests, each a message that was handled, and runtime, the time of its workers.'),
  visibility: duration.optional().describe('How long a message stays with a worker that gives no sign of life; 1m if absent. One of another make than neb\'s keeps it ten times as long while its container runs.'),
} as const;

/** Containers that work off a stream and are scaled by its back-pressure. */
export const processorManifest = withAliases(
  z.strictObject({ kind: z.literal('Processor').default('Processor'), metadata: metadataField, ...processorFields }).refine(inOrder, outOfOrder),
  countAliases,
).describe('Containers that work off a stream of messages: as many as are needed for what waits.');
export type ProcessorManifest = z.infer<typeof processorManifest>;

/** What a processor is to be: its manifest without `kind` and `metadata`. */
export type ProcessorSpec = Omit<ProcessorManifest, 'kind' | 'metadata'>;

/** `idle` has no worker and starts one with the first message; `stalled` cannot go on, and its message says why. */
export const processorWords = ['creating', 'idle', 'scaling', 'running', 'stalled', 'deleting', 'deleted'] as const;

/** What the server says of a processor. */
export const processorStatus = z.object({
  status: z.enum(processorWords),
  message: z.string().optional().describe('Why, in a sentence.'),
  stream: z.string().describe('The Redis stream it works off.'),
  group: z.string().describe('The consumer group of its workers.'),
  pressure: z.number().optional().describe('Messages that wait or are being worked on.'),
  backlog: z.number().optional().describe('Messages that no worker has taken yet.'),
  pending: z.number().optional().describe('Messages that workers hold and have not acknowledged.'),
  acknowledged: z.number().optional().describe('Messages acknowledged since it was made.'),
  replicas: z.object({
    desired: z.int(), ready: z.int(), starting: z.int(), draining: z.int().describe('Workers that take no more messages and finish what they hold.'),
  }),
  decision: z.object({ at: z.string(), desired: z.int(), reason: z.string() }).optional().describe('When the number of workers last changed, and why.'),
  pinned: z.int().optional().describe('The number of workers somebody asked for by hand, until the manifest is applied again.'),
  scaling: z.record(z.string(), z.unknown()).optional().describe('What the autoscaler remembers.'),
  draining: z.array(z.object({ id: z.string(), since: z.string() })).optional().describe('Containers that finish what they hold, and then go.'),
  start_ms: z.number().optional().describe('How long a worker takes to start, in milliseconds, as learnt.'),
  failures: z.int().optional().describe('Workers in a row that ended by themselves: what the wait before the next one grows with.'),
  retry_at: z.string().optional().describe('When the next worker is started after such an end.'),
  conditions: z.array(condition),
});
export type ProcessorStatus = z.infer<typeof processorStatus>;

/** A processor as the API returns it. */
export const processor = z.object({ kind: z.literal('Processor'), metadata, ...processorFields, status: processorStatus });
export type Processor = z.infer<typeof processor>;

/** The stream of a processor that names none. */
export function processorStream({ namespace, name, spec }: { readonly namespace: string; readonly name: string; readonly spec: ProcessorSpec }): string {
  return spec.stream ?? `processor:${namespace}:${name}`;
}
