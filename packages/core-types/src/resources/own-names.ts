import { aliasesOf, rename } from './alias.ts';
import { type Kind, kinds } from './kinds.ts';
import { unwrap } from './schema-at.ts';

/** Fields of a manifest of `kind` under the names they stand for now: `min_workers` as `min_replicas`. What is inside of them stays as it is written. */
export function ownNames(fields: Readonly<Record<string, unknown>>, kind: Kind): Readonly<Record<string, unknown>> {
  return rename(fields, aliasesOf(unwrap(kinds[kind].manifest))) as Readonly<Record<string, unknown>>;
}
