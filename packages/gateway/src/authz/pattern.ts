import { decoded, type UrlPath } from './url-path.ts';

/** Whether something matches; `unclear` where that depends on who reads it. */
export type Match = 'yes' | 'no' | 'unclear';

/** What stands in for something of the caller's. */
export const placeholders = ['email', 'handle', 'org_name', 'org_id', 'org_role'] as const;
export type Placeholder = (typeof placeholders)[number];
export type Filling = Readonly<Partial<Record<Placeholder, string | undefined>>>;

type Text = readonly (string | { readonly of: Placeholder })[];

/** A pattern of a path or of a field, in parts: what a caller's values hold never becomes a part of it. */
export interface Pattern {
  readonly names: ReadonlySet<Placeholder>;
  /** Whether it may match what is below it too. */
  readonly isPrefix: boolean;
  readonly whole: Text;
  readonly segments: readonly Text[];
  /** What is wrong with it: it then matches nothing for sure. */
  readonly problem?: string;
}

const suffix = '/**';

export function pattern(text: string): Pattern {
  const isPrefix = text.endsWith(suffix);
  const base = isPrefix ? text.slice(0, -suffix.length) : text;
  const whole = parts(base);
  const unknown = [...text.matchAll(/\$\{([^}]*)\}/g)].find(([, name]) => !placeholders.some((known) => known === name));
  return {
    names: new Set(whole.flatMap((part) => (typeof part === 'string' ? [] : [part.of]))),
    isPrefix,
    whole,
    segments: base.split('/').filter((segment) => segment !== '').map((segment) => parts(segment).map((part) => (typeof part === 'string' ? (decoded(part) ?? part) : part))),
    ...(unknown && { problem: `${unknown[0]} stands for nothing; there are ${placeholders.map((name) => `\${${name}}`).join(', ')}` }),
  };
}

/** `a/b` matches itself, `a/b/**` also what is below it, and never `a/bc`. */
export function matchesPath(pattern: Pattern, path: UrlPath, filling: Filling): Match {
  if (pattern.problem !== undefined) return 'unclear';
  const wanted = pattern.segments.map((segment) => filled(segment, filling));
  if (wanted.some((segment) => segment === undefined)) return 'no';
  if ('problem' in path) return 'unclear';
  const { segments } = path;
  const fits = pattern.isPrefix ? segments.length >= wanted.length : segments.length === wanted.length;
  return fits && wanted.every((segment, at) => segment === segments[at]) ? 'yes' : 'no';
}

/** The same for a field's value, which is compared as it is written; with dots as segments it may name something else. */
export function matchesValue(pattern: Pattern, value: unknown, filling: Filling): Match {
  if (pattern.problem !== undefined) return 'unclear';
  const base = filled(pattern.whole, filling);
  if (base === undefined || !['string', 'number', 'boolean'].includes(typeof value)) return 'no';
  const text = String(value);
  if (!pattern.isPrefix) return text === base ? 'yes' : 'no';
  if (text.split(/[/\\]/).some((segment) => segment === '.' || segment === '..')) return 'unclear';
  return text === base || text.startsWith(`${base}/`) ? 'yes' : 'no';
}

/** Where any may match. */
export function anyOf(matches: readonly Match[]): Match {
  return matches.includes('yes') ? 'yes' : matches.includes('unclear') ? 'unclear' : 'no';
}

/** Where all must match. */
export function allOf(matches: readonly Match[]): Match {
  return matches.includes('no') ? 'no' : matches.includes('unclear') ? 'unclear' : 'yes';
}

function parts(text: string): Text {
  return text.split(/(\$\{(?:email|handle|org_name|org_id|org_role)\})/).filter((part) => part !== '')
    .map((part) => (part.startsWith('${') && part.endsWith('}') && placeholders.some((name) => part === `\${${name}}`) ? { of: part.slice(2, -1) as Placeholder } : part));
}

/** `undefined` where the caller has no such thing: nothing is not a name. */
function filled(text: Text, filling: Filling): string | undefined {
  let all = '';
  for (const part of text) {
    const piece = typeof part === 'string' ? part : filling[part.of];
    if (piece === undefined || piece === '') return undefined;
    all += piece;
  }
  return all;
}
