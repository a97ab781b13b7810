import { timestamp } from '@neb/core-types';

/** An entry of a stream, its fields by name. */
export interface Entry {
  readonly id: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** Entries as Redis answers them; those that are gone by now are left out. */
export function readEntries(reply: unknown): Entry[] {
  return (reply as readonly (readonly [string, readonly string[] | null] | null)[] ?? []).flatMap((entry) => (entry?.[1] ? [{ id: entry[0], fields: fieldsOf(entry[1]) }] : []));
}

/** Entries of one stream as XREAD and XREADGROUP answer them: RESP 2 pairs names and entries, RESP 3 in its flat shape does not. */
export function entriesIn(reply: unknown): Entry[] {
  if (!Array.isArray(reply)) return [];
  return readEntries(Array.isArray(reply[0]) ? (reply[0] as readonly unknown[])[1] : reply[1]);
}

/** An entry's fields by name; of a field that is there twice, the last. */
export function fieldsOf(flat: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at < flat.length; at += 2) fields.set(flat[at]!, flat[at + 1]!);
  return fields;
}

/** When an entry was made, which its id begins with: RFC 3339. */
export function sentAt(id: string): string {
  return timestamp(Number(id.slice(0, dashIn(id))));
}

/** Whether a text is the id of an entry. */
export function isEntryId(text: string): boolean {
  return /^\d{1,20}-\d{1,20}$/.test(text);
}

/** Whether one entry's id comes after another's. */
export function isAfter(id: string, other: string): boolean {
  const [at, otherAt] = [dashIn(id), dashIn(other)];
  return (compared(id.slice(0, at), other.slice(0, otherAt)) || compared(id.slice(at + 1), other.slice(otherAt + 1))) > 0;
}

function dashIn(id: string): number {
  const at = id.indexOf('-');
  return at === -1 ? id.length : at;
}

/** Numbers may be larger than ours. Redis writes none with zeros before it; no number is 0. */
function compared(number: string, other: string): number {
  const [a, b] = [number || '0', other || '0'];
  return a.length - b.length || (a === b ? 0 : a > b ? 1 : -1);
}
