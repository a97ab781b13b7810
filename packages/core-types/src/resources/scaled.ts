import { z } from 'zod';
import { duration } from '../duration.ts';
import { withAliases } from './alias.ts';
import { containerFields, containerManifest } from './container.ts';
import { metadataField, metadataInput } from './metadata.ts';

const workload = z.strictObject({ ...containerFields, kind: containerManifest.shape.kind.optional(), metadata: metadataInput.optional().describe('Passed on to each, but for the name.') });
const held = duration.describe('How long it must have been so.');
const replicas = z.int().min(0).optional();
const inOrder = (v: { min_replicas?: number | undefined; max_replicas?: number | undefined }): boolean =>
  v.min_replicas === undefined || v.max_replicas === undefined || v.min_replicas <= v.max_replicas;
const outOfOrder = { error: 'must not be less than the fewest', path: ['max_replicas'] };
const countAliases = { min_workers: 'min_replicas', min_containers: 'min_replicas', max_workers: 'max_replicas', max_containers: 'max_replicas' };

const messageField = z.strictObject({
  name: z.string().describe('Name of the field.'),
  type: z.string().describe('As in JSON Schema: string, number, integer, boolean, object or array.'),
  required: z.boolean().optional().describe('False if absent.'),
});
/** The short list of fields, or a JSON Schema. */
const messageSchema = z.union([z.array(messageField), z.record(z.string(), z.unknown())]);

/** Containers that work off a stream and are scaled by its back-pressure. */
export const processorManifest = withAliases(
  z.strictObject({
    kind: z.literal('Processor').default('Processor'),
    metadata: metadataField,
    stream: z.string().optional().describe('Redis stream to work off; processor:<namespace>:<name> if absent.'),
    container: workload.describe('What each worker runs.'),
    schema: messageSchema.optional().describe('What a message must look like.'),
    common_schema: z.string().optional().describe('A well-known message schema, such as OPENAI_CHAT.'),
    min_replicas: replicas.describe('Fewest workers; 0 lets it scale to nothing.'),
    max_replicas: replicas.describe('Most workers.'),
    scale: z
      .strictObject({
        up: z.strictObject({ above_pressure: z.number().describe('Messages waiting.'), duration: held }).optional().describe('When to add one.'),
        down: z.strictObject({ below_pressure: z.number().describe('Messages waiting.'), duration: held }).optional().describe('When to remove one.'),
        zero: z.strictObject({ duration: held }).optional().describe('When to keep none.'),
      })
      .optional()
      .describe('When the number of workers changes.'),
  }).refine(inOrder, outOfOrder),
  countAliases,
).describe('Containers that work off a stream of messages: as many as are needed for what waits.');

/** Containers behind one stable address, scaled by latency. */
export const serviceManifest = withAliases(
  z.strictObject({
    kind: z.literal('Service').default('Service'),
    metadata: metadataField,
    container: workload.describe('What each replica runs.'),
    platform: z.string().optional().describe('Where to run the replicas, unless the container says.'),
    min_replicas: replicas.describe('Fewest replicas; 0 lets it scale to nothing.'),
    max_replicas: replicas.describe('Most replicas.'),
    scale: z
      .strictObject({
        up: z.strictObject({ above_latency: duration.describe('Time to an answer.'), duration: held }).optional().describe('When to add one.'),
        down: z.strictObject({ below_latency: duration.describe('Time to an answer.'), duration: held }).optional().describe('When to remove one.'),
        zero: z.strictObject({ below_latency: duration.optional().describe('Time to an answer.'), duration: held }).optional().describe('When to keep none.'),
      })
      .optional()
      .describe('When the number of replicas changes.'),
    meters: containerFields.meters,
  }).refine(inOrder, outOfOrder),
  countAliases,
).describe('Containers behind one stable address: as many as are needed to answer in time.');
