import { messageOf, NebError } from '@neb/core-types';
import { Ajv, type ErrorObject, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { createContext, Script } from 'node:vm';

/** A check of a value: no errors, or all of them. It fills in defaults. */
export type Check = (content: unknown) => readonly ErrorObject[];

/** How long one check with patterns may take: they are other people's, and some take for ever on some texts. */
const longestMs = 200;

const options: Options = {
  allErrors: true,
  verbose: true,
  useDefaults: true,
  allowUnionTypes: true,
  // A keyword that nobody knows is a slip, but how strictly a schema is written is its author's business.
  strictSchema: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  logger: false,
  keywords: ['example', 'discriminator', 'xml', 'externalDocs'],
};

/** A check against the schema, which must make sense. Throws `invalid`. Nothing is fetched. */
export function compile(schema: Readonly<Record<string, unknown>>): Check {
  const { $schema, ...rest } = schema;
  const isOld = typeof $schema === 'string' && /draft-0[4-7]/.test($schema);
  try {
    const ajv = isOld ? new Ajv(options) : new Ajv2020(options);
    // Its types say that the module is what it exports by default.
    (formats as unknown as typeof formats.default)(ajv);
    const validate = ajv.compile(rest);
    const check: Check = (content) => (validate(content) ? [] : (validate.errors ?? []));
    // The guard costs a millisecond, so only those have it that need it.
    return JSON.stringify(rest).includes('"pattern') ? (content) => withinTime(() => check(content)) : check;
  } catch (error) {
    throw new NebError('invalid', `schema is no JSON Schema: ${messageOf(error).replace('strict mode: ', '')}`, { cause: error, hint: 'Correct it; https://json-schema.org/understanding-json-schema tells what may be in it. References to other files are not followed.' });
  }
}

const room = createContext({});
const calling = new Script('work()');

/** The work's outcome, unless it takes too long: patterns cannot be stopped from within. */
function withinTime<T>(work: () => T): T {
  room['work'] = work;
  try {
    return calling.runInContext(room, { timeout: longestMs }) as T;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new NebError('invalid', `checking the message took longer than ${longestMs} ms`, { cause: error, hint: "Write the schema's patterns without repetition inside of repetition, such as (a+)+, or limit the text with maxLength." });
  } finally {
    delete room['work'];
  }
}
