import { z } from 'zod';

/** Older or looser names of fields, by the name they stand for now: `{ min_workers: 'min_replicas' }`. */
export type Aliases = Readonly<Record<string, string>>;

const aliasesBySchema = new WeakMap<z.ZodType, Aliases>();

/**
 * Accepts other names of fields before a schema sees them.
 * A field that is given under two names keeps the second as it is, so that the schema reports what it does not know.
 */
export function withAliases<T extends z.ZodObject>(object: T, aliases: Aliases) {
  aliasesBySchema.set(object, aliases);
  return z.preprocess((value) => rename(value, aliases), object);
}

/** The other names of the fields of an object's schema. */
export function aliasesOf(object: z.ZodType): Aliases {
  return aliasesBySchema.get(object) ?? {};
}

/** Fields under the names they stand for now. */
export function rename(value: unknown, aliases: Aliases): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const taken = new Set(Object.keys(value));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const canonical = Object.hasOwn(aliases, key) ? aliases[key] : undefined;
      if (canonical === undefined || taken.has(canonical)) return [key, item];
      taken.add(canonical);
      return [canonical, item];
    }),
  );
}
