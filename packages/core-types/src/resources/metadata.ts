import { z } from 'zod';

const namePattern = /^[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,126}[a-zA-Z0-9])?$/;
const nameRule = 'must be 1 to 128 letters, digits, ".", "_" or "-", with a letter or digit at both ends';
const labelKey = z.string().regex(/^[a-zA-Z0-9](?:[\w./-]{0,251}[a-zA-Z0-9])?$/, { error: 'must be letters, digits, ".", "_", "-" or "/", with a letter or digit at both ends' });

/** A name of an object, unique within its kind and namespace. */
export const name = z.string().regex(namePattern, { error: nameRule });

/** `-` stands for the caller's own namespace wherever a namespace is named. */
export const namespaceName = z.string().refine((text) => text === '-' || namePattern.test(text), { error: nameRule });

/** Key and value pairs to select by; numbers and booleans become text. */
export const labels = z.record(labelKey, z.union([z.string(), z.number(), z.boolean()]).transform(String).pipe(z.string()));

/** Metadata as a manifest writes it. */
export const metadataInput = z.strictObject({
  name: name.optional().describe('Unique within the namespace; made up if absent.'),
  namespace: namespaceName.optional().describe('Which namespace it belongs to; the context\'s if absent, "-" for your own.'),
  labels: labels.optional().describe('Key and value pairs to select by.'),
  owner: z.string().optional().describe('User or organisation that owns a namespace; elsewhere it follows from the namespace.'),
  owner_ref: z.string().optional().describe('The object this one belongs to, as name.namespace.Kind.'),
});
/** The `metadata` of a manifest that may leave it out. */
export const metadataField = metadataInput.default({}).describe('What it is called and where it belongs.');
export type MetadataInput = z.infer<typeof metadataInput>;

/** Metadata as the API returns it; times are RFC 3339. */
export const metadata = z.object({
  name: z.string(),
  namespace: z.string(),
  id: z.string(),
  owner: z.string(),
  owner_ref: z.string().optional(),
  labels: z.record(z.string(), z.string()),
  created_at: z.string(),
  created_by: z.string(),
  updated_at: z.string(),
  deleted_at: z.string().optional().describe('When deletion was asked for.'),
  generation: z.number().int().describe('Goes up with every change of the specification.'),
  version: z.number().int().describe('Goes up with every write; name it to update only what you read.'),
});
export type Metadata = z.infer<typeof metadata>;
