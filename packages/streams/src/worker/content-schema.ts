import { NebError, type Problem } from '@neb/core-types';
import { checkedContent, type MessageSchema } from '../schema/message-schema.ts';
import { inOneLine } from '../schema/problems.ts';
import type { Check } from './handling.ts';

/** What Zod, Valibot, ArkType and others offer alike: https://standardschema.dev. */
export interface StandardSchema<T> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Validated<T> | Promise<Validated<T>>;
    readonly types?: { readonly input: unknown; readonly output: T } | undefined;
  };
}

type Validated<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined }[] };

/** A schema of Zod and the like, or what `messageSchema` makes. */
export type ContentSchema<T> = StandardSchema<T> | MessageSchema;

/** Lets through what fits, as the schema makes it; what does not is `invalid`, and trying again does not mend it. */
export function checkOf<T>(schema: ContentSchema<T>): Check<T> {
  if (!('~standard' in schema)) return (content) => checkedContent(schema, content) as T;
  return async (content) => {
    const checked = await schema['~standard'].validate(content);
    if (!checked.issues) return checked.value;
    const problems = checked.issues.map(({ message, path = [] }): Problem => ({ path: path.map(stepOf), message }));
    throw new NebError('invalid', `the message does not fit the schema: ${inOneLine(problems, ': ')}`, { hint: 'Send what the worker expects.', details: { problems } });
  };
}

function stepOf(step: PropertyKey | { readonly key: PropertyKey }): string | number {
  const key = typeof step === 'object' ? step.key : step;
  return typeof key === 'number' ? key : String(key);
}
