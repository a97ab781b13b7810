import type { Kind } from '@neb/core-types';
import { readCursor } from '../cursors.ts';
import type { FeedEntry } from '../store.ts';

/** A place in the feed: the transaction, and the row among those it wrote. */
export interface Position {
  readonly tx: number;
  readonly seq: number;
}

export interface ChangeRow extends Position {
  readonly kind: Kind;
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly dropped: boolean;
  readonly owner: string | null;
}

/** Below 0 where `a` comes first. */
export function compare(a: Position, b: Position): number {
  return a.tx - b.tx || a.seq - b.seq;
}

export function entry(row: ChangeRow): FeedEntry {
  const { kind, id, namespace, name, dropped, owner } = row;
  return { cursor: format(row), kind, id, namespace, name, dropped, ...(owner !== null && { owner }) };
}

export function format({ tx, seq }: Position): string {
  return `${tx}.${seq}`;
}

/** Throws `invalid`. */
export function parse(cursor: string): Position {
  const [tx, seq] = readCursor(cursor, 2);
  return { tx: tx!, seq: seq! };
}
