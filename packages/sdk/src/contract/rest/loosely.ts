import { type Kind, kinds } from '@neb/core-types';
import type { z } from 'zod';

/**
 * A document without the fields that its kind does not know and those that are null, as the original's clients send
 * them. What else is wrong with it is left for the server to say.
 */
export function parseLoosely(document: unknown, kind: Kind): Readonly<Record<string, unknown>> {
  const kept = withoutNulls(document);
  if (typeof kept !== 'object' || kept === null || Array.isArray(kept)) return {};
  const whole = { ...kept, kind } as Record<string, unknown>;
  // Each pass shows what the one before hid; a document is only so deep.
  for (let pass = 0; pass < 20; pass++) {
    const parsed = kinds[kind].manifest.safeParse(whole);
    const removed = parsed.success ? [] : unknownFields(parsed.error.issues, []).filter((path) => remove(whole, path));
    if (removed.length === 0) return whole;
  }
  return whole;
}

type Path = readonly PropertyKey[];

function unknownFields(issues: readonly z.core.$ZodIssue[], above: Path): Path[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    switch (issue.code) {
      case 'unrecognized_keys': return issue.keys.map((key) => [...path, key]);
      case 'invalid_union': return issue.errors.flatMap((branch) => unknownFields(branch, path));
      default: return [];
    }
  });
}

/** Whether there was something at `path` to remove. */
function remove(document: Record<string, unknown>, path: Path): boolean {
  let at: unknown = document;
  for (const part of path.slice(0, -1)) at = typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[part] : undefined;
  const last = path.at(-1);
  if (last === undefined || typeof at !== 'object' || at === null || !Object.hasOwn(at, last)) return false;
  return Reflect.deleteProperty(at, last);
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null).map(([key, item]) => [key, withoutNulls(item)]));
}
