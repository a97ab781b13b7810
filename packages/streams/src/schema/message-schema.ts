import { NebError } from '@neb/core-types';
import { compile } from './compile.ts';
import { type Fault, faultsOf, inOneLine } from './faults.ts';
import { fromFields } from './field-list.ts';
import { openAiChat } from './openai-chat.ts';

/** What a message must look like, and what is wrong with one that does not. */
export interface MessageSchema {
  /** As JSON Schema. */
  readonly jsonSchema: Readonly<Record<string, unknown>>;
  /** The content with defaults filled in, or all that is wrong with it. Changes nothing of what it is given. */
  check(content: unknown): Checked;
}

export type Checked = { readonly ok: true; readonly content: unknown } | { readonly ok: false; readonly faults: readonly Fault[] };

export interface SchemaOptions {
  /** A list of fields, or a JSON Schema of 2020-12 or draft 7. */
  readonly schema?: unknown;
  /** The name of a well-known one: OPENAI_CHAT. With `schema` too, messages fulfil both. */
  readonly commonSchema?: string | undefined;
}

const common: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { OPENAI_CHAT: openAiChat };

/** Names that `commonSchema` may have. */
export const commonSchemas: readonly string[] = Object.keys(common);

/** The schema, once it makes sense; throws `invalid` where it does not. Without either option anything fits. */
export function messageSchema({ schema, commonSchema }: SchemaOptions): MessageSchema {
  const parts = [
    ...(schema === undefined ? [] : [Array.isArray(schema) ? fromFields(schema) : jsonSchemaIn(schema)]),
    ...(commonSchema === undefined ? [] : [commonNamed(commonSchema)]),
  ];
  const checks = parts.map(compile);
  return {
    jsonSchema: parts.length === 1 ? parts[0]! : parts.length === 0 ? {} : { allOf: parts },
    check(content) {
      const filled = structuredClone(content);
      const faults = checks.flatMap((check) => faultsOf(check(filled), content));
      return faults.length === 0 ? { ok: true, content: filled } : { ok: false, faults };
    },
  };
}

/** The content with defaults filled in. Throws `invalid` with `details.faults`, all in its message. */
export function checkedContent(schema: MessageSchema, content: unknown, what = 'the message'): unknown {
  const checked = schema.check(content);
  if (checked.ok) return checked.content;
  const [first] = checked.faults;
  throw new NebError('invalid', `${what} does not fit the schema: ${inOneLine(checked.faults)}`, { hint: first!.hint, details: { faults: checked.faults } });
}

function jsonSchemaIn(schema: unknown): Readonly<Record<string, unknown>> {
  if (typeof schema === 'object' && schema !== null) return schema as Readonly<Record<string, unknown>>;
  throw new NebError('invalid', `schema must be a list of fields or a JSON Schema, not ${JSON.stringify(schema)}`, { hint: 'Write a list such as [{ name: text, type: string, required: true }].' });
}

function commonNamed(name: string): Readonly<Record<string, unknown>> {
  const found = Object.hasOwn(common, name) ? common[name] : undefined;
  if (found) return found;
  throw new NebError('invalid', `common_schema: there is no ${JSON.stringify(name)}`, { hint: `Use ${commonSchemas.join(' or ')}, or write a schema.` });
}
