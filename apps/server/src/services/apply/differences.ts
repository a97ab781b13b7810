import { isDeepStrictEqual } from 'node:util';

type Fields = Readonly<Record<string, unknown>>;

/** The fields that differ, as dotted paths, sorted; lists are compared whole, variables of an environment by name. */
export function differences(before: Fields, after: Fields): readonly string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].sort().flatMap((key) => {
    const [a, b] = [before[key], after[key]];
    if (isDeepStrictEqual(a, b)) return [];
    const inside = differingInside(a, b);
    return inside.length > 0 ? inside.map((path) => `${key}.${path}`) : [key];
  });
}

function differingInside(a: unknown, b: unknown): readonly string[] {
  if (isFields(a) && isFields(b)) return differences(a, b);
  if (areVariables(a) && areVariables(b)) return differences(byName(a), byName(b)).map((path) => path.split('.')[0]!);
  return [];
}

interface Variable {
  readonly key: string;
}

function areVariables(value: unknown): value is readonly Variable[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => isFields(item) && typeof item.key === 'string');
}

function byName(variables: readonly Variable[]): Fields {
  return Object.fromEntries(variables.map((variable) => [variable.key.replaceAll('.', '_'), variable]));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
