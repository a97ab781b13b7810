import { z } from 'zod';
import { duration } from '../duration.ts';
import { withAliases } from './alias.ts';
import { containerFields, containerManifest } from './container.ts';
import { metadataField, metadataInput } from './metadata.ts';

/** The container that a scaled kind runs several of. */
export const workload = z.strictObject({ ...containerFields, kind: containerManifest.shape.kind.optional(), metadata: metadataInput.optional().describe('Passed on to each, but for the name.') });
export const held = duration.describe('How long it must have been so.');
export const replicas = z.int().min(0).max(10_000).optional();
export const inOrder = (v: { min_replicas?: number | undefined; max_replicas?: number | undefined }): boolean =>
  v.min_replicas === undefined || v.max_replicas === undefined || v.min_replicas <= v.max_replicas;
export const outOfOrder = { error: 'must not be less than the fewest', path: ['max_replicas'] };
export const countAliases = { min_workers: 'min_replicas', min_containers: 'min_replicas', max_workers: 'max_replicas', max_containers: 'max_replicas' };

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
