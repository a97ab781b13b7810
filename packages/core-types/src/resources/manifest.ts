import { NebError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import type { Path } from './as-written.ts';
import type { BudgetManifest } from './budget.ts';
import type { ContainerManifest } from './container.ts';
import { inWords } from './in-words.ts';
import { inferKind } from './infer-kind.ts';
import { type Kind, kindNames, kinds } from './kinds.ts';
import type { Metadata } from './metadata.ts';
import { meterProblems } from './meter-problems.ts';
import type { NamespaceManifest } from './namespace.ts';
import { type Problem, problemsOf } from './problems.ts';
import type { ProcessorManifest } from './processor.ts';
import type { SecretManifest } from './secret.ts';
import type { ServiceManifest } from './service.ts';
import type { SnapshotManifest } from './snapshot.ts';

/** Any manifest that passed its schema. */
export type Manifest = ContainerManifest | NamespaceManifest | SecretManifest | ProcessorManifest | ServiceManifest | SnapshotManifest | BudgetManifest;

/** A manifest that passed, or everything that is wrong with it. */
export type Checked = { readonly ok: true; readonly manifest: Manifest } | { readonly ok: false; readonly problems: readonly Problem[] };

/** How strictly a document is checked. */
export interface CheckOptions {
  /**
   * The document is part of a manifest, such as `min_workers: 0`: a `container` may be missing, and a missing `kind`
   * follows from the fields. False if absent.
   */
  readonly fragment?: boolean | undefined;
}

/** Checks one document against the schema of its `kind`; where it names none, of `fallback`. */
export function checkManifest(document: unknown, fallback?: Kind, options: CheckOptions = {}): Checked {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return { ok: false, problems: [{ path: [], message: 'a manifest is a map of fields such as kind, metadata and image' }] };
  }
  const named: unknown = 'kind' in document ? document.kind : (fallback ?? (options.fragment ? inferKind(document) : undefined));
  const kind = kindNames.find((k) => k === named);
  if (!kind) return { ok: false, problems: [{ path: 'kind' in document ? ['kind'] : [], message: unknownKind(named) }] };
  const scaled = kind === 'Processor' || kind === 'Service';
  const whole = { ...(options.fragment && scaled && { container: {} }), ...authored(document), kind };
  const parsed = kinds[kind].manifest.safeParse(whole, { error: inWords });
  if (!parsed.success) return { ok: false, problems: problemsOf(parsed.error, kinds[kind].manifest, document) };
  const problems = meterProblems(parsed.data);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, manifest: parsed.data };
}

/** Without what only the server says, so that an object that was read can be applied again. */
function authored(document: object): object {
  const fields: [string, unknown][] = Object.entries(document).filter(([field]) => field !== 'status');
  return Object.fromEntries(fields.map(([field, value]) => [field, field === 'metadata' ? authoredMetadata(value) : value]));
}

function authoredMetadata(metadata: unknown): unknown {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return metadata;
  return Object.fromEntries(Object.entries(metadata).filter(([field]) => !serverMetadata.has(field)));
}

const serverMetadata: ReadonlySet<string> = new Set(['id', 'created_at', 'created_by', 'updated_at', 'deleted_at', 'generation', 'version'] satisfies (keyof Metadata)[]);

/** A manifest from a program rather than a file. Throws `invalid` with every problem in `details`. */
export function parseManifest(document: unknown, fallback?: Kind): Manifest {
  const checked = checkManifest(document, fallback);
  if (checked.ok) return checked.manifest;
  const [first] = checked.problems;
  const more = checked.problems.length > 1 ? ` (and ${checked.problems.length - 1} more)` : '';
  throw new NebError('invalid', `${describePath(first!.path)}${first!.message}${more}`, { details: { problems: checked.problems } });
}

/** `env[0].key: ` for a path, or nothing at the top. */
export function describePath(path: Path): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : /^\w+$/.test(part) ? `.${part}` : `["${part}"]`)).join('').replace(/^\./, '');
  return text && `${text}: `;
}

function unknownKind(named: unknown): string {
  if (named === undefined) return `needs a kind: one of ${kindNames.join(', ')}`;
  const text = typeof named === 'string' ? named : JSON.stringify(named);
  return `"${text}" is not a kind.${didYouMean(text, kindNames)} There are ${kindNames.join(', ')}.`;
}
