import { NebError } from './errors.ts';

/** One condition on an object's labels. */
export type Requirement =
  | { readonly key: string; readonly op: 'in' | 'not_in'; readonly values: readonly string[] }
  | { readonly key: string; readonly op: 'exists' | 'absent' };

const key = String.raw`[\w./-]+`;
const value = String.raw`[^\s,=!()]*`;
const membership = new RegExp(String.raw`^(${key})\s+(in|notin)\s*\(([^()]*)\)$`);
const equality = new RegExp(String.raw`^(${key})\s*(==|=|!=)\s*(${value})$`);
const presence = new RegExp(String.raw`^(!?)\s*(${key})$`);

/** Reads `a=b,c!=d,e,!f,g in (x,y)`, as kubectl does; nothing at all asks for nothing. Throws `invalid`. */
export function parseSelector(text: string): readonly Requirement[] {
  return text.trim() === '' ? [] : splitTopLevel(text).map(requirement);
}

/** Whether an object with these labels is one of those asked for. */
export function matchesSelector(labels: Readonly<Record<string, string>>, requirements: readonly Requirement[]): boolean {
  return requirements.every((requirement) => {
    const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
    switch (requirement.op) {
      case 'in': return value !== undefined && requirement.values.includes(value);
      case 'not_in': return value === undefined || !requirement.values.includes(value);
      case 'exists': return value !== undefined;
      case 'absent': return value === undefined;
    }
  });
}

function requirement(part: string): Requirement {
  const set = membership.exec(part);
  const values = set?.[3]!.split(',').map((v) => v.trim()).filter((v) => v !== '');
  if (set && values && values.length > 0) return { key: set[1]!, op: set[2] === 'in' ? 'in' : 'not_in', values };
  const equal = equality.exec(part);
  if (equal) return { key: equal[1]!, op: equal[2] === '!=' ? 'not_in' : 'in', values: [equal[3]!] };
  const bare = presence.exec(part);
  if (bare) return { key: bare[2]!, op: bare[1] ? 'absent' : 'exists' };
  const what = part === '' ? 'a selector has nothing between two commas' : `the selector "${part}" is not understood`;
  throw new NebError('invalid', what, { hint: 'Write key=value, key!=value, key, !key, or key in (a,b).' });
}

/** Splits at commas outside brackets. */
function splitTopLevel(text: string): string[] {
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}
