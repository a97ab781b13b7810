import { z } from 'zod';
import { aliasesOf } from './alias.ts';
import { unwrap, within } from './schema-at.ts';

/** One field of a manifest, for people who ask what there is. */
export interface Field {
  readonly name: string;
  /** Other names it goes by. */
  readonly aliases: readonly string[];
  /** In words: `text`, `duration`, `list of accelerators`, `Always, OnFailure or Never`. */
  readonly type: string;
  readonly required: boolean;
  /** What it is where it is absent, if the schema says. */
  readonly fallback?: string | undefined;
  readonly description?: string | undefined;
  /** The fields of the map it is, or of each map in the list it is. */
  readonly fields: readonly Field[];
}

/** The fields of an object's schema, as the schema itself describes them; none where it is not an object. */
export function fieldsOf(schema: z.ZodType): readonly Field[] {
  const object = elementOf(schema);
  if (!(object instanceof z.ZodObject)) return [];
  const aliases = Object.entries(aliasesOf(object));
  return Object.entries(object.shape).map(([name, shape]) => {
    const field = shape as z.ZodType;
    return {
      name,
      aliases: aliases.filter(([, canonical]) => canonical === name).map(([alias]) => alias),
      type: typeInWords(field),
      required: !field.safeParse(undefined).success,
      fallback: fallbackOf(field),
      description: said(field, 'description'),
      fields: fieldsOf(field),
    };
  });
}

/** What a list holds, or the schema itself; wrappers taken off. */
function elementOf(schema: z.ZodType): z.ZodType {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray) return elementOf(inner.element as z.ZodType);
  const list = inner instanceof z.ZodUnion ? inner.options.find((option) => option instanceof z.ZodArray) : undefined;
  return list ? elementOf(list) : inner;
}

function typeInWords(schema: z.ZodType): string {
  const title = said(schema, 'title');
  if (title !== undefined) return title;
  const inner = unwrap(schema);
  if (inner instanceof z.ZodEnum) return Object.values(inner.enum).join(', ').replace(/, (?=[^,]*$)/, ' or ');
  if (inner instanceof z.ZodLiteral) return String(inner.value);
  if (inner instanceof z.ZodArray) return `list of ${typeInWords(inner.element as z.ZodType)}s`.replace('texts', 'text');
  if (inner instanceof z.ZodUnion) return inner.options.map((option) => typeInWords(option as z.ZodType)).join(' or ');
  if (inner instanceof z.ZodObject || inner instanceof z.ZodRecord) return 'map';
  if (inner instanceof z.ZodBoolean) return 'true or false';
  return inner instanceof z.ZodNumber ? 'number' : 'text';
}

function fallbackOf(schema: z.ZodType): string | undefined {
  if (schema instanceof z.ZodDefault) return typeof schema.def.defaultValue === 'string' ? schema.def.defaultValue : undefined;
  return schema instanceof z.ZodOptional ? fallbackOf(schema.unwrap() as z.ZodType) : undefined;
}

/** What a schema, or one it wraps, says of itself. */
function said(schema: z.ZodType, what: 'title' | 'description'): string | undefined {
  const own = schema.meta()?.[what];
  if (own !== undefined) return own;
  const inner = within(schema);
  return inner && said(inner, what);
}
