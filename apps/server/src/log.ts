import { isNebError } from '@neb/core-types';
import { type DestinationStream, type Logger, pino } from 'pino';
import { prettyLine } from './log-pretty.ts';

export type Log = Logger;

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly format: 'auto' | 'json' | 'pretty';
  readonly out: DestinationStream & { readonly isTTY?: boolean | undefined };
}

/** Fields whose values never reach a line, wherever a careless line may put them. */
const unprintable = ['token', 'password', 'secret', 'value', 'authorization', 'env', 'headers', 'key', 'privateKey'];

/** Structured lines with the ids of what they are about; one JSON object each, or one line for people. */
export function makeLog({ level, format, out }: LogOptions): Log {
  const pretty = format === 'pretty' || (format === 'auto' && out.isTTY === true);
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: unprintable.flatMap((field) => [field, `*.${field}`]), censor: '***' },
    serializers: { error: errorFields },
  };
  return pino(options, pretty ? { write: (line: string) => out.write(prettyLine(line)) } : out);
}

/** What a line says of an error: of ours what the user was told; of any other also where it came from. */
function errorFields(error: unknown): unknown {
  if (isNebError(error)) return { code: error.code, message: error.message, ...(error.hint !== undefined && { hint: error.hint }), ...(error.cause !== undefined && { cause: errorFields(error.cause) }) };
  if (!(error instanceof Error)) return String(error);
  return { message: error.message, stack: error.stack, ...(error.cause !== undefined && { cause: errorFields(error.cause) }) };
}
