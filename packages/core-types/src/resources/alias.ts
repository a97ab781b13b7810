import { z } from 'zod';

/**
 * Accepts the older or looser names of fields before a schema sees them: `{ min_workers: 'min_replicas' }`.
 * A field given under both names is left alone, so that the schema reports the one it does not know.
 */
export function withAliases<T extends z.ZodObject>(object: T, aliases: Readonly<Record<string, string>>) {
  return z.preprocess((value) => rename(value, aliases), object);
}

function rename(value: unknown, aliases: Readonly<Record<string, string>>): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const canonical = aliases[key];
      return [canonical !== undefined && !(canonical in value) ? canonical : key, item];
    }),
  );
}
