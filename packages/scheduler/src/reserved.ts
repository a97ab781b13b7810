import { compareMoney } from '@neb/core-types';

/** What may be taken of budgets an hour, by what they count. */
export type Reserved = Readonly<Record<string, string>>;

/** The dearer of both, each by itself: for what may be in either of two places. */
export function dearerOf(here: Reserved = {}, there: Reserved = {}): Record<string, string> | undefined {
  const keys = [...new Set([here, there].flatMap(Object.keys))];
  if (keys.length === 0) return undefined;
  return Object.fromEntries(keys.map((key) => [key, [here[key] ?? '0', there[key] ?? '0'].sort(compareMoney)[1]!]));
}
