import { z } from 'zod';
import { metadata, metadataField } from './metadata.ts';

const expiry = z
  .union([z.int(), z.string()])
  .refine((at) => typeof at === 'number' || Number.isFinite(Date.parse(at)), { error: 'must be a time such as 2030-01-31T12:00:00Z, or seconds since the epoch' });

/** A secret as a manifest writes it. */
export const secretManifest = z
  .strictObject({
    kind: z.literal('Secret').default('Secret'),
    metadata: metadataField,
    value: z.string().describe('What to keep. Never listed again.'),
    expires_at: expiry.optional().describe('After this it can no longer be used: RFC 3339, or seconds since the epoch.'),
  })
  .describe('A value that is kept encrypted, for containers of its namespace.');
export type SecretManifest = z.infer<typeof secretManifest>;

/** A secret as the API returns it: without its value. */
export const secret = z.object({ kind: z.literal('Secret'), metadata, expires_at: z.string().optional() });
export type Secret = z.infer<typeof secret>;
