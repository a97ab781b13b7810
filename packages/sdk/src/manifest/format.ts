import { stringify } from 'yaml';

/** Any object of the API. */
export interface AnyObject {
  readonly kind: string;
  readonly metadata: object;
}

/** The object as its author would write it, in YAML, for editing and applying again: without status and what the server set. */
export function formatManifest(object: AnyObject): string {
  const { kind, metadata, status: _, ...fields } = object as AnyObject & { readonly status?: unknown };
  const written = authored(metadata as Readonly<Record<string, unknown>>, kind);
  return formatObject({ kind, ...(Object.keys(written).length > 0 && { metadata: written }), ...fields });
}

/** Any value in YAML, in its own order; text of several lines stays readable. */
export function formatObject(value: unknown): string {
  return stringify(value, { lineWidth: 0, keepUndefined: false });
}

function authored(metadata: Readonly<Record<string, unknown>>, kind: string): Record<string, unknown> {
  const kept = Object.entries(metadata).filter(([field, value]) => {
    if (value === undefined || value === '') return false;
    if (field === 'labels') return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
    // An owner is given to a namespace; elsewhere it follows.
    return field === 'owner' ? kind === 'Namespace' : field === 'name' || field === 'namespace' || field === 'owner_ref';
  });
  return Object.fromEntries(kept);
}
