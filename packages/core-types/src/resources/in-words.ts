import type { z } from 'zod';
import { didYouMean } from '../nearest.ts';

/**
 * Says what is wrong with a value in the words of someone who writes YAML. A schema's own message goes before it.
 * Texts are repeated only where a choice of words was asked for: any other may be a secret.
 */
export const inWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type': return mustBe([issue.expected], issue.input);
    case 'invalid_union': return union(issue.errors ?? [], issue.input);
    case 'invalid_value': return choice(issue.values.map(String), issue.input);
    case 'too_small': return issue.origin === 'string' ? 'must not be empty' : `must be at least ${issue.minimum}`;
    case 'too_big': return `must be at most ${issue.maximum}`;
    case 'invalid_format': return issue.format === 'starts_with' ? `must start with "${String(issue.prefix)}"` : undefined;
    default: return undefined;
  }
};

/** `must be text or a list, not a number`. */
function mustBe(expected: readonly string[], input: unknown): string {
  if (input === undefined) return 'is required';
  const wanted = listed([...new Set(expected.map((type) => nouns[type] ?? type))]);
  if (expected.includes('int') && typeof input === 'number') return `must be ${wanted}, not ${input}`;
  if (input === null) return `is empty: give it ${wanted}, or leave it out`;
  const quotable = expected.includes('string') && (typeof input === 'number' || typeof input === 'boolean');
  return `must be ${wanted}, not ${nounOf(input)}${quotable ? ': put it in quotes' : ''}`;
}

function union(branches: readonly (readonly z.core.$ZodIssue[])[], input: unknown): string {
  const types = branches.map(([first]) => (first?.code === 'invalid_type' && first.path.length === 0 ? first.expected : undefined));
  const expected = types.filter((type) => type !== undefined);
  return expected.length > 0 && expected.length === branches.length ? mustBe(expected, input) : 'is none of the forms this field takes';
}

function choice(values: readonly string[], input: unknown): string {
  if (input === undefined) return 'is required';
  if (typeof input !== 'string') return `must be ${listed(values)}, not ${nounOf(input)}`;
  return `must be ${listed(values)}, not "${input}".${didYouMean(input, values)}`.replace(/\.$/, '');
}

/** `a, b or c`. */
function listed(values: readonly string[]): string {
  return values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
}

const nouns: Readonly<Record<string, string>> = {
  string: 'text', number: 'a number', int: 'a whole number', boolean: 'true or false', array: 'a list', object: 'a map of fields', record: 'a map', null: 'nothing',
};

function nounOf(input: unknown): string {
  if (Array.isArray(input)) return 'a list';
  if (input === null) return 'nothing';
  if (typeof input === 'object') return 'a map';
  return nouns[typeof input] ?? typeof input;
}
