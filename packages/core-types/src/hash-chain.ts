import { createHash } from 'node:crypto';

/** One end of a chain of records, or a place in it. */
export interface Link {
  readonly seq: number;
  /** 64 hexadecimal digits. */
  readonly hash: string;
}

/** Where a chain begins: before its first record there is nothing to cover. */
export const origin: Link = { seq: 0, hash: '0'.repeat(64) };

/** SHA-256 over the hash before, the record's number and its line: no record can be changed, moved or left out alone. */
export function hashAfter(before: Link, line: string): string {
  return createHash('sha256').update(`${before.hash}\n${before.seq + 1}\n${line}`).digest('hex');
}
