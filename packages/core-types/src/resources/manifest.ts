import { z } from 'zod';
import { didYouMean } from '../nearest.ts';
import { NebError } from '../errors.ts';
import { containerManifest } from './container.ts';
import { kinds, kindNames, type Kind } from './kinds.ts';
import { namespaceManifest } from './namespace.ts';
import { processorManifest, serviceManifest } from './scaled.ts';
import { secretManifest } from './secret.ts';

/** Any manifest that passed its schema. */
export type Manifest = z.infer<typeof manifestOf>;

const manifestOf = z.union([containerManifest, namespaceManifest, secretManifest, processorManifest, serviceManifest]);

/** One thing wrong with a manifest: where, and in words. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export type Checked = { readonly ok: true; readonly manifest: Manifest } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Checks one document against the schema of its `kind`; where it names none, of `fallback`. */
export function checkManifest(document: unknown, fallback?: Kind): Checked {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return { ok: false, problems: [{ path: [], message: 'a manifest is a map of fields such as kind, metadata and image' }] };
  }
  const named: unknown = 'kind' in document ? document.kind : fallback;
  const kind = kindNames.find((k) => k === named);
  if (!kind) return { ok: false, problems: [{ path: 'kind' in document ? ['kind'] : [], message: unknownKind(named) }] };
  const parsed = kinds[kind].manifest.safeParse({ ...document, kind });
  return parsed.success ? { ok: true, manifest: parsed.data } : { ok: false, problems: problemsOf(parsed.error, kinds[kind].manifest) };
}

/** A manifest from a program rather than a file. Throws `invalid` with every problem in `details`. */
export function parseManifest(document: unknown, fallback?: Kind): Manifest {
  const checked = checkManifest(document, fallback);
  if (checked.ok) return checked.manifest;
  const [first] = checked.problems;
  const more = checked.problems.length > 1 ? ` (and ${checked.problems.length - 1} more)` : '';
  throw new NebError('invalid', `${describePath(first!.path)}${first!.message}${more}`, { details: { problems: checked.problems } });
}

/** What a zod error says, in one problem a field, with a suggestion where a name is near. */
export function problemsOf(error: z.ZodError, schema: z.ZodType): readonly Problem[] {
  return error.issues.flatMap((issue) => problem(issue, schema, []));
}

function problem(issue: z.core.$ZodIssue, schema: z.ZodType, above: readonly (string | number)[]): readonly Problem[] {
  const path = [...above, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = fieldNames(schema, path);
      return issue.keys.map((key) => ({ path: [...path, key], message: `"${key}" is not a field here.${didYouMean(key, known)}` }));
    }
    case 'invalid_union': {
      // The branch that got furthest is the one its author meant.
      const branches = issue.errors.map((issues) => issues.flatMap((inner) => problem(inner, schema, path)));
      const deepest = branches.sort((a, b) => depth(b) - depth(a))[0];
      return deepest && depth(deepest) > path.length ? deepest : [{ path, message: branches.map((b) => b[0]?.message).join(', or ') }];
    }
    default: return [{ path, message: issue.message }];
  }
}

const depth = (problems: readonly Problem[]): number => Math.max(0, ...problems.map((p) => p.path.length));

/** Names of the fields of the object at `path`, as far as the schema shows them. */
function fieldNames(schema: z.ZodType, path: readonly (string | number)[]): readonly string[] {
  const at = schemaAt(schema, path.map(String));
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

/** The schema of the field at `path`, wrappers taken off; `undefined` where there is none. */
export function schemaAt(schema: z.ZodType, path: readonly string[]): z.ZodType | undefined {
  const inner = unwrap(schema);
  const [head, ...rest] = path;
  if (head === undefined) return inner;
  if (inner instanceof z.ZodArray) return schemaAt(inner.element as z.ZodType, /^\d+$/.test(head) ? rest : path);
  if (inner instanceof z.ZodUnion) return inner.options.map((option) => schemaAt(option as z.ZodType, path)).find((found) => found !== undefined);
  const field = inner instanceof z.ZodObject ? (inner.shape[head] as z.ZodType | undefined) : undefined;
  return field && schemaAt(field, rest);
}

/** What is inside optional, default, transform and preprocess. */
export function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) return unwrap(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodPipe) return unwrap((schema.in instanceof z.ZodTransform ? schema.out : schema.in) as z.ZodType);
  return schema;
}

/** `env[0].key: ` for a path, or nothing at the top. */
export function describePath(path: readonly (string | number)[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('').replace(/^\./, '');
  return text && `${text}: `;
}

function unknownKind(named: unknown): string {
  if (named === undefined) return `needs a kind: one of ${kindNames.join(', ')}`;
  const text = typeof named === 'string' ? named : JSON.stringify(named);
  return `"${text}" is not a kind.${didYouMean(text, kindNames)} There are ${kindNames.join(', ')}.`;
}
