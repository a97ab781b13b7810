import { z } from 'zod';
import { duration } from '../duration.ts';
import { containerFields, containerManifest } from './container.ts';
import { metadataInput } from './metadata.ts';

/** The container that a scaled kind runs several of: how many there are, and where, is the kind's affair. */
export const workload = z.strictObject(containerFields).omit({ idle: true, migrate: true, on_interruption: true }).extend({ kind: containerManifest.shape.kind.optional(), metadata: metadataInput.optional().describe('Passed on to each, but for the name.') });
export const held = duration.describe('How long it must have been so.');
export const replicas = z.int().min(0).max(10_000).optional();
export const inOrder = (v: { min_replicas?: number | undefined; max_replicas?: number | undefined }): boolean =>
  v.min_replicas === undefined || v.max_replicas === undefined || v.min_replicas <= v.max_replicas;
export const outOfOrder = { error: 'must not be less than the fewest', path: ['max_replicas'] };
export const countAliases = { min_workers: 'min_replicas', min_containers: 'min_replicas', max_workers: 'max_replicas', max_containers: 'max_replicas' };
