import { errorCodes, isNebError, messageOf, type NebError } from '@neb/core-types';
import { style } from './render/style.ts';
import { harmless } from './render/width.ts';
import type { World } from './world.ts';

export interface ReportOptions {
  readonly world: World;
  /** Then the error is data: JSON on stdout, and nothing else. */
  readonly json: boolean;
  /** Shows the stack and the causes. */
  readonly debug: boolean;
}

/** Tells an error once: what, why, and what to do. */
export function report(error: unknown, { world, json, debug }: ReportOptions): void {
  const { code, message, hint, details, requestId } = factsOf(error);
  if (json) {
    world.stdout.write(`${JSON.stringify({ error: { code, message, hint, details, requestId } }, undefined, 2)}\n`);
    return;
  }
  const { red, dim } = style({ colour: world.stderr.isTTY === true && !world.env.plain, utf8: world.env.utf8 });
  const text = message.split('\n').map(harmless).join('\n');
  // Problems of files stand at the start of a line, where editors look for them.
  world.stderr.write(startsWithPlace(text) ? `${text}\n` : `${red('error:')} ${text}\n`);
  if (hint !== undefined) world.stderr.write(`${harmless(hint)}\n`);
  if (requestId !== undefined) world.stderr.write(`${dim(`request ${requestId}`)}\n`);
  if (debug) world.stderr.write(`${stackOf(error)}\n`);
  else if (code === 'internal' && requestId === undefined) world.stderr.write(`${dim('--debug shows where it came from.')}\n`);
}

/** The exit code of an error; `neb help exit-codes` lists them. */
export function exitCodeOf(error: unknown): number {
  return isNebError(error) ? errorCodes[error.code].exit : errorCodes.internal.exit;
}

interface Facts {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly details?: NebError['details'];
  readonly requestId?: string | undefined;
}

function factsOf(error: unknown): Facts {
  if (!isNebError(error)) return { code: 'internal', message: messageOf(error) };
  const { requestId, ...rest } = error.details ?? {};
  return {
    code: error.code, message: error.message, hint: error.hint,
    ...(Object.keys(rest).length > 0 && { details: rest }),
    ...(typeof requestId === 'string' && { requestId }),
  };
}

function startsWithPlace(text: string): boolean {
  return /^\S[^\n]*:\d+:\d+: /.test(text);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const cause = error.cause === undefined ? '' : `\ncaused by ${error.cause instanceof Error ? stackOf(error.cause) : messageOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
