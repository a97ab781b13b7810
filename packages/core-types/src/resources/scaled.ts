import { z } from 'zod';
import { duration } from '../duration.ts';
import { withAliases } from './alias.ts';
import { containerFields, containerManifest } from './container.ts';
import { metadataInput } from './metadata.ts';

const workload = z.strictObject({ ...containerFields, kind: containerManifest.shape.kind.optional(), metadata: metadataInput.optional() });
const replicas = z.int().min(0).optional();
const countAliases = { min_workers: 'min_replicas', min_containers: 'min_replicas', max_workers: 'max_replicas', max_containers: 'max_replicas' };

/** JSON Schema, or the short list of fields. */
const messageSchema = z.union([z.array(z.strictObject({ name: z.string(), type: z.string(), required: z.boolean().optional() })), z.record(z.string(), z.unknown())]);

/** Containers that work off a stream and are scaled by its back-pressure. */
export const processorManifest = withAliases(
  z.strictObject({
    kind: z.literal('Processor').default('Processor'),
    metadata: metadataInput.default({}),
    stream: z.string().optional().describe('Redis stream to work off; processor:<namespace>:<name> if absent.'),
    container: workload.describe('What each worker runs.'),
    schema: messageSchema.optional().describe('What a message must look like.'),
    common_schema: z.string().optional().describe('A well-known message schema, such as OPENAI_CHAT.'),
    min_replicas: replicas.describe('Fewest workers; 0 lets it scale to nothing.'),
    max_replicas: replicas.describe('Most workers.'),
    scale: z
      .strictObject({
        up: z.strictObject({ above_pressure: z.number(), duration }).optional(),
        down: z.strictObject({ below_pressure: z.number(), duration }).optional(),
        zero: z.strictObject({ duration }).optional(),
      })
      .optional(),
  }),
  countAliases,
);

/** Containers behind one stable address, scaled by latency. */
export const serviceManifest = withAliases(
  z.strictObject({
    kind: z.literal('Service').default('Service'),
    metadata: metadataInput.default({}),
    container: workload.describe('What each replica runs.'),
    platform: z.string().optional().describe('Where to run the replicas, unless the container says.'),
    min_replicas: replicas.describe('Fewest replicas; 0 lets it scale to nothing.'),
    max_replicas: replicas.describe('Most replicas.'),
    scale: z
      .strictObject({
        up: z.strictObject({ above_latency: duration, duration }).optional(),
        down: z.strictObject({ below_latency: duration, duration }).optional(),
        zero: z.strictObject({ below_latency: duration.optional(), duration }).optional(),
      })
      .optional(),
    meters: containerFields.meters,
  }),
  countAliases,
);
