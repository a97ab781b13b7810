import { NebError } from '@neb/core-types';

/** One step of a path through a JSON value. */
export type Step =
  | { readonly do: 'field'; readonly names: readonly string[] }
  | { readonly do: 'index'; readonly at: readonly number[] }
  | { readonly do: 'slice'; readonly from: number | undefined; readonly to: number | undefined; readonly by: number }
  | { readonly do: 'all' }
  | { readonly do: 'descend' }
  | { readonly do: 'filter'; readonly path: readonly Step[]; readonly test?: { readonly op: Comparison; readonly value: Scalar } | undefined };

export type Scalar = string | number | boolean | null;
export const comparisons = ['==', '!=', '<=', '>=', '<', '>'] as const;
export type Comparison = (typeof comparisons)[number];

/** Reads a path as kubectl writes it: `.metadata.name`, `items[*].status`, `$..name`, `[?(@.status=="failed")]`. Throws `invalid`. */
export function parsePath(text: string): readonly Step[] {
  const steps: Step[] = [];
  let rest = text.trim().replace(/^[$@]/, '');
  while (rest !== '') {
    const [step, length] = nextStep(rest, text);
    steps.push(...step);
    rest = rest.slice(length);
  }
  return steps;
}

function nextStep(rest: string, whole: string): readonly [readonly Step[], number] {
  if (rest.startsWith('..')) return [[{ do: 'descend' }], /^\.\.[\w*]/.test(rest) ? 1 : 2];
  if (rest.startsWith('.') && rest.length === 1) return [[], 1];
  if (rest.startsWith('.*') || rest.startsWith('*')) return [[{ do: 'all' }], rest.startsWith('.') ? 2 : 1];
  if (rest.startsWith('[') || rest.startsWith('.[')) {
    const open = rest.indexOf('[');
    const close = closing(rest, open);
    if (close < 0) throw wrong(whole, 'a "[" is not closed');
    return [[bracket(rest.slice(open + 1, close).trim(), whole)], close + 1];
  }
  // A backslash keeps the dot of a label's key: .metadata.labels.app\.kubernetes\.io/name
  const name = /^\.?((?:\\.|[^.[\]\s'"(){}])+)/.exec(rest);
  if (!name) throw wrong(whole, `"${rest}" is not understood`);
  return [[{ do: 'field', names: [name[1]!.replaceAll(/\\(.)/g, '$1')] }], name[0].length];
}

function bracket(inner: string, whole: string): Step {
  if (inner === '*' || inner === '') return { do: 'all' };
  if (/^-?\d+(\s*,\s*-?\d+)*$/.test(inner)) return { do: 'index', at: inner.split(',').map(Number) };
  const slice = /^(-?\d+)?:(-?\d+)?(?::(\d+))?$/.exec(inner);
  if (slice) return { do: 'slice', from: number(slice[1]), to: number(slice[2]), by: number(slice[3]) || 1 };
  const condition = /^\?\s*\((.*)\)$/s.exec(inner);
  if (condition) return filter(condition[1]!.trim(), whole);
  const names = inner.split(/,(?=\s*['"])/).map((name) => /^\s*(['"])(.*)\1\s*$/s.exec(name)?.[2]);
  if (names.every((name) => name !== undefined)) return { do: 'field', names };
  throw wrong(whole, `"[${inner}]" is not understood`);
}

function filter(text: string, whole: string): Step {
  const match = /^(@[^=!<>]*?)\s*(==|!=|<=|>=|<|>)\s*(.+)$/s.exec(text);
  if (!match && text.startsWith('@')) return { do: 'filter', path: parsePath(text) };
  const op = comparisons.find((comparison) => comparison === match?.[2]);
  if (!match || !op) throw wrong(whole, `the filter "${text}" is not understood; write @.field=="value"`);
  return { do: 'filter', path: parsePath(match[1]!), test: { op, value: literal(match[3]!.trim()) } };
}

function literal(text: string): Scalar {
  const quoted = /^(['"])(.*)\1$/s.exec(text);
  if (quoted) return quoted[2]!;
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  return text !== '' && !Number.isNaN(Number(text)) ? Number(text) : text;
}

/** Where the bracket that opens at `open` closes, quotes and inner brackets skipped; -1 if nowhere. */
function closing(text: string, open: number): number {
  let depth = 0;
  let quote: string | undefined;
  for (let at = open; at < text.length; at++) {
    const char = text[at]!;
    if (quote) quote = char === quote ? undefined : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === '[') depth++;
    else if (char === ']' && --depth === 0) return at;
  }
  return -1;
}

const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
const wrong = (path: string, why: string): NebError => new NebError('invalid', `the path "${path}" cannot be read: ${why}`, { hint: 'Paths are as in kubectl: .items[*].metadata.name' });
