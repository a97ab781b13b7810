import { z } from 'zod';
import { metadata, metadataInput } from './metadata.ts';

/** A secret as a manifest writes it. */
export const secretManifest = z.strictObject({
  kind: z.literal('Secret').default('Secret'),
  metadata: metadataInput.default({}),
  value: z.string().describe('What to keep. Never listed again.'),
  expires_at: z.union([z.int(), z.string()]).optional().describe('After this it can no longer be used: RFC 3339, or seconds since the epoch.'),
});
export type SecretManifest = z.infer<typeof secretManifest>;

/** A secret as the API returns it: without its value. */
export const secret = z.object({ kind: z.literal('Secret'), metadata, expires_at: z.string().optional() });
export type Secret = z.infer<typeof secret>;
