import type { Comparison, Scalar, Step } from './parse.ts';

/** What `path` finds in `value`, in order; nothing where a step leads nowhere. */
export function select(value: unknown, path: readonly Step[]): readonly unknown[] {
  return path.reduce<readonly unknown[]>((found, step) => found.flatMap((one) => take(one, step)), [value]);
}

/** The first thing `path` finds. */
export function selectOne(value: unknown, path: readonly Step[]): unknown {
  return select(value, path)[0];
}

/** What was found, as text: objects and lists as JSON. */
export function plainText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function take(value: unknown, step: Step): readonly unknown[] {
  switch (step.do) {
    case 'field': return isObject(value) ? step.names.flatMap((name) => (Object.hasOwn(value, name) ? [value[name]] : [])) : [];
    case 'index': return Array.isArray(value) ? step.at.flatMap((at) => (value.at(at) === undefined ? [] : [value.at(at) as unknown])) : [];
    case 'slice': return Array.isArray(value) ? (value.slice(step.from, step.to) as unknown[]).filter((_, at) => at % step.by === 0) : [];
    case 'all': return Array.isArray(value) ? (value as unknown[]) : isObject(value) ? Object.values(value) : [];
    case 'descend': return descend(value);
    case 'filter': return Array.isArray(value) ? (value as unknown[]).filter((one) => passes(one, step)) : [];
  }
}

function descend(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return [value, ...(value as unknown[]).flatMap(descend)];
  return isObject(value) ? [value, ...Object.values(value).flatMap(descend)] : [];
}

function passes(value: unknown, { path, test }: Extract<Step, { do: 'filter' }>): boolean {
  const found = select(value, path);
  return test === undefined ? found.length > 0 : found.some((one) => compares(one, test.op, test.value));
}

function compares(one: unknown, op: Comparison, other: Scalar): boolean {
  switch (op) {
    case '==': return one === other;
    case '!=': return one !== other;
    case '<': case '<=': case '>': case '>=': {
      const order = ordered(one, other);
      if (order === undefined) return false;
      return op === '<' ? order < 0 : op === '<=' ? order <= 0 : op === '>' ? order > 0 : order >= 0;
    }
  }
}

/** Below 0, 0 or above it; `undefined` where the two are not of one kind. */
function ordered(one: unknown, other: Scalar): number | undefined {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return typeof one === 'string' && typeof other === 'string' ? (one < other ? -1 : one > other ? 1 : 0) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
