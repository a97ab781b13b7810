import { plainText } from '../jsonpath/select.ts';

/** The fields of an object's specification, each as text. */
export function specification(object: object): readonly (readonly [string, string | undefined])[] {
  return Object.entries(object).filter(([field]) => !['kind', 'metadata', 'status'].includes(field)).map(([field, value]) => [field, textOf(value)]);
}

function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null) return plainText(value).trimEnd();
  if (!Array.isArray(value)) return Object.entries(value).map(([key, inner]) => `${key}=${textOf(inner) ?? ''}`).join(' ');
  return value.every((item) => typeof item !== 'object') ? value.join(' ') : value.map(textOf).join('\n');
}
