import { verbEntries } from './verbs.ts';

/** The verb that a word or one of its aliases names. */
export function verbNamed(word: string): string | undefined {
  return verbEntries.find(([name, entry]) => name === word || entry.aliases?.includes(word))?.[0];
}
