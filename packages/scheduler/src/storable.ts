import type { Change } from './store.ts';

/** NUL and halves of surrogate pairs, as JSON writes them: what PostgreSQL's text cannot hold. */
const unstorable = /\\u(0000|d[89a-f])/;

/** `changes` with every character that a store cannot hold replaced by U+FFFD: programs print what they like, and it must not stop us. */
export function storable(changes: readonly Change[]): readonly Change[] {
  const text = JSON.stringify(changes);
  return unstorable.test(text) ? (JSON.parse(text, (_key, value: unknown) => (typeof value === 'string' ? clean(value) : value)) as readonly Change[]) : changes;
}

function clean(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}
