import { z } from 'zod';
import { aliasesOf } from './alias.ts';

/** The schema of the field at `path`, wrappers taken off, under its own name or another it goes by; `undefined` where there is none. */
export function schemaAt(schema: z.ZodType, path: readonly string[]): z.ZodType | undefined {
  const inner = unwrap(schema);
  const [head, ...rest] = path;
  if (head === undefined) return inner;
  if (inner instanceof z.ZodLazy) return schemaAt(inner.unwrap() as z.ZodType, path);
  if (inner instanceof z.ZodArray) return schemaAt(inner.element as z.ZodType, /^\d+$/.test(head) ? rest : path);
  if (inner instanceof z.ZodRecord) return schemaAt(inner.valueType as z.ZodType, rest);
  if (inner instanceof z.ZodUnion) return inner.options.map((option) => schemaAt(option as z.ZodType, path)).find((found) => found !== undefined);
  const field = inner instanceof z.ZodObject ? fieldOf(inner, head) : undefined;
  return field && schemaAt(field, rest);
}

/** What is inside optional, default, transform and preprocess. */
export function unwrap(schema: z.ZodType): z.ZodType {
  const inner = within(schema);
  return inner ? unwrap(inner) : schema;
}

/** One wrapper less; `undefined` where there is none. */
export function within(schema: z.ZodType): z.ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) return schema.unwrap() as z.ZodType;
  if (schema instanceof z.ZodPipe) return (schema.in instanceof z.ZodTransform ? schema.out : schema.in) as z.ZodType;
  return undefined;
}

/** The field of an object's schema that `key` names, with its wrappers. */
function fieldOf(object: z.ZodObject, key: string): z.ZodType | undefined {
  const aliases = aliasesOf(object);
  const name = Object.hasOwn(aliases, key) ? aliases[key]! : key;
  return Object.hasOwn(object.shape, name) ? (object.shape[name] as z.ZodType) : undefined;
}
