import { NebError } from './errors.ts';

export type Requirement =
  | { readonly key: string; readonly op: 'in' | 'not_in'; readonly values: readonly string[] }
  | { readonly key: string; readonly op: 'exists' | 'absent' };

/** Reads `a=b,c!=d,e,!f,g in (x,y)`, as kubectl does. Throws `invalid`. */
export function parseSelector(text: string): readonly Requirement[] {
  return splitTopLevel(text).map((part) => {
    const set = /^([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(part);
    if (set) return { key: set[1]!, op: set[2] === 'in' ? 'in' : 'not_in', values: set[3]!.split(',').map((v) => v.trim()) };
    const equal = /^([\w./-]+)\s*(==|=|!=)\s*([\w./-]*)$/.exec(part);
    if (equal) return { key: equal[1]!, op: equal[2] === '!=' ? 'not_in' : 'in', values: [equal[3]!] };
    const bare = /^(!?)\s*([\w./-]+)$/.exec(part);
    if (bare) return { key: bare[2]!, op: bare[1] ? 'absent' : 'exists' };
    throw new NebError('invalid', `the selector "${part}" is not understood`, { hint: 'Write key=value, key!=value, key, !key, or key in (a,b).' });
  });
}

export function matchesSelector(labels: Readonly<Record<string, string>>, requirements: readonly Requirement[]): boolean {
  return requirements.every((requirement) => {
    const value = labels[requirement.key];
    switch (requirement.op) {
      case 'in': return value !== undefined && requirement.values.includes(value);
      case 'not_in': return value === undefined || !requirement.values.includes(value);
      case 'exists': return value !== undefined;
      case 'absent': return value === undefined;
    }
  });
}

/** Splits at commas outside brackets. */
function splitTopLevel(text: string): string[] {
  return text.split(/,(?![^(]*\))/).map((part) => part.trim()).filter((part) => part !== '');
}
