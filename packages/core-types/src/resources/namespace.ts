import { z } from 'zod';
import { condition } from './condition.ts';
import { metadata, metadataInput, name } from './metadata.ts';
import { quota, readQuota } from './quota.ts';

const quotaField = quota.optional().describe('What its containers may take together; what was set stays where it is absent, {} sets no limit.');

/** A namespace as a manifest writes it; `metadata.namespace` names it too, as the README does. */
export const namespaceManifest = z
  .strictObject({ kind: z.literal('Namespace').default('Namespace'), metadata: metadataInput.describe('What it is called, and whose it is.'), quota: quotaField })
  .transform((m, context) => {
    const named = m.metadata.name ?? m.metadata.namespace;
    if (named !== undefined) return { ...m, metadata: { ...m.metadata, name: named } };
    context.issues.push({ code: 'custom', message: 'needs a name', path: ['metadata', 'name'], input: m });
    return z.NEVER;
  })
  .pipe(z.object({ kind: z.literal('Namespace'), metadata: metadataInput.extend({ name, labels: z.record(z.string(), z.string()).optional() }), quota: readQuota.optional() }))
  .describe('Objects that belong together: one owner, and one network that its containers share with no others.');
export type NamespaceManifest = z.infer<typeof namespaceManifest>;

/** What the server says of a namespace. */
export const namespaceStatus = z.object({ status: z.enum(['active', 'deleting']), message: z.string().optional(), conditions: z.array(condition) });
export type NamespaceStatus = z.infer<typeof namespaceStatus>;

/** A namespace as the API returns it. */
export const namespace = z.object({ kind: z.literal('Namespace'), metadata, quota: quotaField, status: namespaceStatus });
export type Namespace = z.infer<typeof namespace>;
