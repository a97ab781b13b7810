import { checkManifest, type CheckOptions, describePath, type Kind, type Manifest, messageOf, NebError } from '@neb/core-types';
import { isScalar, LineCounter, parseAllDocuments } from 'yaml';
import { at, type Position, positionOf, type YamlDocument } from './position.ts';
import { type Source, syntaxProblem } from './syntax.ts';

export interface ParseOptions extends CheckOptions {
  /** How problems name the file; `<stdin>` by default. */
  readonly file?: string | undefined;
  /** What a document is that names no kind; an error by default. */
  readonly fallbackKind?: Kind | undefined;
}

/** A manifest that passed its schema, and where it came from. */
export interface ManifestDocument {
  readonly manifest: Manifest;
  /** As written: what to send to a server, which checks it again. */
  readonly raw: unknown;
  readonly file: string;
  readonly position: Position;
}

/** One thing that is wrong, with the place to mend it at. */
export interface ManifestProblem extends Position {
  readonly file: string;
  /** Such as `env[0].key`; empty where it is no field. */
  readonly field: string;
  readonly message: string;
}

export interface ParsedManifests {
  readonly documents: readonly ManifestDocument[];
  readonly problems: readonly ManifestProblem[];
}

/**
 * Reads every manifest of a YAML or JSON text: documents after `---`, and the items of a `kind: List`. Empty documents
 * are skipped. A document with a problem is not among `documents`. Never throws.
 */
export function parseManifests(text: string, options: ParseOptions = {}): ParsedManifests {
  const lines = new LineCounter();
  const source = { text: text.replace(/^\uFEFF/, ''), lines };
  const parsed = parseAllDocuments(source.text, { lineCounter: lines, prettyErrors: false, merge: true });
  const documents = Array.isArray(parsed) ? (parsed as YamlDocument[]) : [];
  const results = documents.filter((document) => !isEmpty(document)).map((document) => read(document, source, options));
  return { documents: results.flatMap((result) => result.documents), problems: results.flatMap((result) => result.problems) };
}

/** The documents of `parseManifests`. Throws one `invalid` with a line for each problem, which are in `details.problems` too. */
export function parseOrThrow(text: string, options: ParseOptions = {}): readonly ManifestDocument[] {
  const { documents, problems } = parseManifests(text, options);
  if (problems.length > 0) throw new NebError('invalid', problems.map(problemLine).join('\n'), { details: { problems } });
  return documents;
}

/** `file:line:column: field: message`, as editors and terminals know it. */
export function problemLine({ file, line, column, field, message }: ManifestProblem): string {
  return `${file}:${line}:${column}: ${field && `${field}: `}${message}`;
}

function read(document: YamlDocument, source: Source, options: ParseOptions): ParsedManifests {
  const { lines } = source;
  const file = options.file ?? '<stdin>';
  const problemAt = (position: Position, message: string, field = ''): ManifestProblem => ({ file, ...position, field, message });
  if (document.errors.length > 0) {
    return { documents: [], problems: firstOfEachLine(document.errors.map((error) => problemAt(at(lines, error.pos[0]), syntaxProblem(error, source)))) };
  }
  const value = valueOf(document);
  if (!value.ok) return { documents: [], problems: [problemAt(positionOf(document, lines, []), value.message)] };

  const results = partsOf(value.value).map(({ raw, path }): ParsedManifests => {
    const checked = checkManifest(raw, options.fallbackKind, options);
    if (checked.ok) return { documents: [{ manifest: checked.manifest, raw, file, position: positionOf(document, lines, path) }], problems: [] };
    const problems = checked.problems.map((problem) =>
      problemAt(positionOf(document, lines, [...path, ...problem.path]), problem.message, describePath([...path, ...problem.path]).replace(/: $/, '')));
    return { documents: [], problems };
  });
  return { documents: results.flatMap((result) => result.documents), problems: inOrder(results.flatMap((result) => result.problems)) };
}

function inOrder(problems: readonly ManifestProblem[]): readonly ManifestProblem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** After its first mistake the parser guesses what the rest of a line is. */
function firstOfEachLine(problems: readonly ManifestProblem[]): readonly ManifestProblem[] {
  return problems.filter((problem, index) => problems.findIndex((other) => other.line === problem.line) === index);
}

interface Part {
  readonly raw: unknown;
  readonly path: readonly (string | number)[];
}

/** What `neb get -o yaml` prints of several objects can be applied again. */
function partsOf(value: unknown): readonly Part[] {
  const isList = typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'List' && 'items' in value && Array.isArray(value.items);
  return isList ? (value.items as unknown[]).map((raw, index) => ({ raw, path: ['items', index] })) : [{ raw: value, path: [] }];
}

type Value = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

function valueOf(document: YamlDocument): Value {
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: 100 }) as unknown };
  } catch (error) {
    const unknown = /^Unresolved alias.*: (\S+)$/.exec(messageOf(error))?.[1];
    return { ok: false, message: unknown === undefined ? 'its anchors refer to each other too often' : `there is no anchor "&${unknown}"; quote a value that begins with "*"` };
  }
}

function isEmpty({ contents, errors }: YamlDocument): boolean {
  const nothing = contents as unknown;
  return errors.length === 0 && (nothing === null || (isScalar(nothing) && nothing.value === null));
}
