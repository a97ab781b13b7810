import { NebError } from '@neb/core-types';
import { compile } from './compile.ts';
import { inOneLine, type MessageProblem, problemsOf } from './problems.ts';
import { fromFields } from './field-list.ts';
import { openAiChat } from './openai-chat.ts';

/** What a message must look like, and what is wrong with one that does not. */
export interface MessageSchema {
  /** As JSON Schema. */
  readonly jsonSchema: Readonly<Record<string, unknown>>;
  /** The content with defaults filled in, or all that is wrong with it. Changes nothing of what it is given. */
  check(content: unknown): Checked;
}

export type Checked = { readonly ok: true; readonly content: unknown } | { readonly ok: false; readonly problems: readonly MessageProblem[] };

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
      const problems = checks.flatMap((check) => problemsOf(check(filled), content));
      return problems.length === 0 ? { ok: true, content: filled } : { ok: false, problems };
    },
  };
}

/** The content with defaults filled in. Throws `invalid` with `details.problems`, all in its message. */
export function checkedContent(schema: MessageSchema, content: unknown): unknown {
  const checked = schema.check(content);
  if (checked.ok) return checked.content;
  throw new NebError('invalid', `the message does not fit the schema: ${inOneLine(checked.problems)}`, { hint: checked.problems[0]!.hint, details: { problems: checked.problems } });
}

/** The same for several: all are checked, and `details.problems` begin with the index of their message; the error's own words are of the first that does not fit. */
export function checkedContents(schema: MessageSchema, contents: readonly unknown[]): readonly unknown[] {
  const checked = contents.map((content) => schema.check(content));
  const problems = checked.flatMap((one, index) => (one.ok ? [] : one.problems.map((problem) => ({ ...problem, path: [index, ...problem.path] }))));
  const at = checked.findIndex(({ ok }) => !ok);
  const first = checked[at];
  if (!first || first.ok) return checked.map((one) => (one.ok ? one.content : undefined));
  const which = contents.length === 1 ? 'the message' : `message ${at + 1} of ${contents.length}`;
  throw new NebError('invalid', `${which} does not fit the schema: ${inOneLine(first.problems)}`, { hint: first.problems[0]!.hint, details: { problems: problems.slice(0, mostProblems) } });
}

/** What an answer has room for. */
const mostProblems = 100;

function jsonSchemaIn(schema: unknown): Readonly<Record<string, unknown>> {
  if (typeof schema === 'object' && schema !== null) return schema as Readonly<Record<string, unknown>>;
  throw new NebError('invalid', `schema must be a list of fields or a JSON Schema, not ${JSON.stringify(schema)}`, { hint: 'Write a list such as [{ name: text, type: string, required: true }].' });
}

function commonNamed(name: string): Readonly<Record<string, unknown>> {
  const found = Object.hasOwn(common, name) ? common[name] : undefined;
  if (found) return found;
  throw new NebError('invalid', `common_schema: there is no ${JSON.stringify(name)}`, { hint: `Use ${commonSchemas.join(' or ')}, or write a schema.` });
}
