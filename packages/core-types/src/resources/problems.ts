import { z } from 'zod';
import { nearest } from '../nearest.ts';
import { aliasesOf } from './alias.ts';
import { asWritten, type Path } from './as-written.ts';
import { schemaAt, unwrap } from './schema-at.ts';

/** One thing wrong with a manifest: where, and in words. */
export interface Problem {
  /** As the author wrote it: `['min_workers']`, even though the field is min_replicas now. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * What a zod error says, in one problem a field, with a suggestion where a name is near.
 * With the `document` that was parsed, paths point at what is written there.
 */
export function problemsOf(error: z.ZodError, schema: z.ZodType, document?: unknown): readonly Problem[] {
  const problems = error.issues.flatMap((issue) => problem(issue, schema, []));
  return document === undefined ? problems : problems.map(({ path, message }) => ({ path: asWritten(path, schema, document), message }));
}

function problem(issue: z.core.$ZodIssue, schema: z.ZodType, above: Path): readonly Problem[] {
  const path = [...above, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  switch (issue.code) {
    case 'unrecognized_keys': return issue.keys.map((key) => ({ path: [...path, key], message: unknownField(key, schemaAt(schema, path.map(String))) }));
    case 'invalid_key': return [{ path, message: `"${String(path.at(-1))}" ${issue.issues[0]?.message ?? 'is not a name that can stand here'}` }];
    case 'invalid_union': return branchMeant(issue.errors)?.flatMap((inner) => problem(inner, schema, path)) ?? [{ path, message: issue.message }];
    default: return [{ path, message: issue.message }];
  }
}

/** The form of a field that its author meant: the only one whose type fits. */
function branchMeant(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  return branches.find((issues) => !issues.some((issue) => issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value')));
}

function unknownField(key: string, schema: z.ZodType | undefined): string {
  const what = `"${key}" is not a field here.`;
  if (!(schema instanceof z.ZodObject)) return what;
  const aliases = aliasesOf(schema);
  const canonical = Object.hasOwn(aliases, key) ? aliases[key] : undefined;
  if (canonical !== undefined) return `"${key}" is another name of "${canonical}", which is given too. Keep one of them.`;
  const near = nearest(key, [...Object.keys(schema.shape), ...Object.keys(aliases)]);
  if (near !== undefined) return `${what} Did you mean "${near}"?`;
  const parent = Object.entries(schema.shape).find(([, field]) => hasField(unwrap(field as z.ZodType), key));
  return parent ? `${what} It belongs in "${parent[0]}".` : what;
}

function hasField(schema: z.ZodType, key: string): boolean {
  return schema instanceof z.ZodObject && (Object.hasOwn(schema.shape, key) || Object.hasOwn(aliasesOf(schema), key));
}
