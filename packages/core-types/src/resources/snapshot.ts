import { z } from 'zod';
import { duration } from '../duration.ts';
import { choice } from './choice.ts';
import { condition } from './condition.ts';
import { metadata, metadataField, name } from './metadata.ts';

const snapshotFields = {
  container: name.describe('The container it is taken of, which goes on running.'),
  ttl: duration.optional().describe('How long it is kept; 7d if absent, and at least as long as somebody goes on from it.'),
  connections: choice(['close', 'keep']).optional().describe('What becomes of connections that are open: close by default, so that peers open new ones.'),
} as const;

/** A snapshot as a manifest writes it: to apply it is to take one. */
export const snapshotManifest = z
  .strictObject({ kind: z.literal('Snapshot').default('Snapshot'), metadata: metadataField, ...snapshotFields })
  .describe('What a running container held at one moment, to go on from later, elsewhere or more than once.');
export type SnapshotManifest = z.infer<typeof snapshotManifest>;

/** How long a snapshot is kept that does not say. */
export const snapshotTtl = '7d';

/** What a snapshot is to be: its manifest without `kind` and `metadata`, and for whom it was taken. */
export interface SnapshotSpec extends Omit<SnapshotManifest, 'kind' | 'metadata'> {
  /** Ids of the containers that are to go on from it, after which nobody needs it. It is kept for its time if absent. */
  readonly for_containers?: readonly string[] | undefined;
}

export const snapshotWords = ['pending', 'saving', 'ready', 'failed', 'deleting', 'deleted'] as const;

/** What a snapshot needs of a place to go on. */
const snapshotOrigin = z.object({
  engine: z.string().optional().describe('Such as podman 4.3.1, criu 4.2.1.'),
  kernel: z.string().optional(),
  arch: z.string().optional(),
  cpu: z.string().optional().describe('A digest of the features of the CPU.'),
  accelerator: z.string().optional().describe('What it had of accelerators, such as 1 x NVIDIA L4.'),
  driver: z.string().optional().describe('The version of their driver.'),
  image: z.string().optional().describe('Digest of the image.'),
});

/** How far something is that takes a while. */
export const asideProgress = { done_bytes: z.number().optional(), total_bytes: z.number().optional(), since: z.string().optional().describe('When the phase began.') };

/** What the server says of a snapshot. */
export const snapshotStatus = z.object({
  status: z.enum(snapshotWords),
  message: z.string().optional().describe('Why, in a sentence.'),
  progress: z.object({ phase: z.literal('saving'), ...asideProgress }).optional(),
  platform: z.string().optional().describe('Where it is; absent for one that was imported.'),
  region: z.string().optional(),
  container_id: z.string().optional(),
  of: z.string().optional().describe('Key of the instance it was taken of.'),
  instance: z.string().optional().describe('The platform\'s handle of that instance.'),
  ref: z.string().optional().describe('The platform\'s handle, once it answered.'),
  taken_at: z.string().optional(),
  keeps: z.enum(['disk', 'memory']).optional().describe('disk: files; memory: also processes and device state.'),
  size_bytes: z.number().optional(),
  made: snapshotOrigin.optional().describe('What it needs of a place to go on.'),
  archive: z.object({ digest: z.string(), size_bytes: z.number() }).optional().describe('The file it was imported from, in the data folder of the server.'),
  expires_at: z.string().optional(),
  conditions: z.array(condition),
});
export type SnapshotStatus = z.infer<typeof snapshotStatus>;

/** A snapshot as the API returns it. */
export const snapshotObject = z.object({ kind: z.literal('Snapshot'), metadata, ...snapshotFields, status: snapshotStatus });
export type SnapshotObject = z.infer<typeof snapshotObject>;
