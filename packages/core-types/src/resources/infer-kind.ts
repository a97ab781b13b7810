import { z } from 'zod';
import { aliasesOf } from './alias.ts';
import { type Kind, kindNames, kinds } from './kinds.ts';
import { unwrap } from './schema-at.ts';

/** Words that the documentation of one kind uses, though the other understands them too. */
const telltales: Readonly<Record<string, Kind>> = { min_workers: 'Processor', max_workers: 'Processor', min_containers: 'Service', max_containers: 'Service' };

/**
 * The kind of a document that names none, as fragments in documentation do: the one whose schema knows all of its fields,
 * Container before others. `undefined` where none knows them all, or there is nothing but metadata to go by.
 */
export function inferKind(document: object): Kind | undefined {
  const fields = Object.keys(document).filter((field) => field !== 'kind' && field !== 'metadata');
  if (fields.length === 0) return undefined;
  const fitting = kindNames.filter((kind) => fields.every((field) => fieldNames(kind).has(field)));
  const told = fields.map((field) => (Object.hasOwn(telltales, field) ? telltales[field] : undefined)).find((kind) => kind !== undefined);
  return fitting.find((kind) => kind === told) ?? fitting[0];
}

function fieldNames(kind: Kind): ReadonlySet<string> {
  const object = unwrap(kinds[kind].manifest);
  return object instanceof z.ZodObject ? new Set([...Object.keys(object.shape), ...Object.keys(aliasesOf(object))]) : new Set();
}
