import { duration, name, type SnapshotObject, snapshotObject } from '@neb/core-types';
import { z } from 'zod';
import { refInput } from './inputs.ts';
import { known, type Show } from './outputs.ts';

const connections = z.enum(['close', 'keep']).optional().describe('What becomes of connections that are open: close if absent, so that peers open new ones.');
const place = {
  platform: z.string().min(1).max(100).optional().describe('Where it is to go on.'),
  region: z.string().min(1).max(100).optional(),
};

// The same fields follow a path in REST, and a reference elsewhere.
export const suspendBody = z.strictObject({ connections });
export const migrateBody = z.strictObject({ connections, ...place, cheapest: z.boolean().optional().describe('Only where it costs less than now.') });
export const checkpointBody = z.strictObject({ connections, name: name.optional().describe('Of the snapshot; made up if absent.'), ttl: duration.optional().describe('How long it is kept; 7d if absent.') });
export const forkBody = z.strictObject({
  connections, name: name.describe('Of the new container; of several each has a number behind it.'),
  count: z.int().min(1).max(100).optional().describe('How many; 1 if absent.'), platform: place.platform,
});
export const suspendInput = suspendBody.extend({ ref: refInput });
export const migrateInput = migrateBody.extend({ ref: refInput });
export const checkpointInput = checkpointBody.extend({ ref: refInput });
export const forkInput = forkBody.extend({ ref: refInput });

export const showSnapshot: Show<SnapshotObject> = known<SnapshotObject>('Snapshot', { top: Object.keys(snapshotObject.shape), status: Object.keys(snapshotObject.shape.status.shape) });
export const forkedOf = <C extends z.ZodType, S extends z.ZodType>(one: { readonly container: C; readonly snapshot: S }) => z.object({ snapshot: one.snapshot, containers: z.array(one.container) });
