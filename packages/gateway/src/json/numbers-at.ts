import { addDecimals, decimalOf } from './decimal.ts';
import type { JsonPath } from './json-path.ts';

/** A number that a path found, all it found added up; or why it cannot be counted. `undefined` where it found nothing. */
export type Reading = { readonly value: string } | { readonly problem: string } | undefined;

/** What each of `paths` finds in a JSON text, to the last digit. `undefined` for a text that is not JSON. */
export function numbersAt(text: string, paths: readonly JsonPath[]): readonly Reading[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return paths.map((path) => {
    const nodes = path.find(value);
    if (!nodes) return { problem: `it is too large to be searched for ${path.text}` };
    let sum: Reading;
    for (const node of nodes) {
      // What is to be filled in later, as in each but the last chunk of a streamed answer.
      if (node.value === null) continue;
      const one = typeof node.value === 'number' ? exactly(node.value, node.location, text) : undefined;
      if (one === undefined) return { problem: `${path.text} is ${typeof node.value === 'number' ? 'not a number that can be counted' : 'not a number'}` };
      sum = { value: sum && 'value' in sum ? addDecimals(sum.value, one) : one };
    }
    return sum;
  });
}

function exactly(value: number, location: readonly (string | number)[], text: string): string | undefined {
  if (Number.isSafeInteger(value)) return value < 0 ? undefined : String(value);
  let at: unknown = JSON.parse(text, (_key, item: unknown, context?: { source?: string }) => (typeof item === 'number' ? { source: context?.source } : item));
  for (const step of location) at = (at as Record<string | number, unknown>)[step];
  return decimalOf((at as { source: string }).source);
}
