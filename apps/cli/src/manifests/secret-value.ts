import { readFile } from 'node:fs/promises';
import { messageOf, NebError } from '@neb/core-types';
import type { Session } from '../session.ts';
import { readAll } from './sources.ts';

export interface SecretFlags {
  readonly value?: string;
  readonly fromFile?: string;
}

/** A secret's value from a flag, a file, or what is piped in; one line end after it is not part of it. */
export async function secretValue({ world }: Session, flags: SecretFlags): Promise<string> {
  if (flags.value !== undefined && flags.fromFile !== undefined) throw new NebError('invalid', 'the value is given twice: with --value and --from-file', { hint: 'Leave one of them out.' });
  if (flags.value !== undefined) return flags.value;
  const piped = flags.fromFile === '-' || (flags.fromFile === undefined && world.stdin.isTTY !== true);
  if (!piped && flags.fromFile === undefined) throw new NebError('invalid', 'the secret has no value', { hint: 'Give --from-file FILE, --value TEXT, or pipe the value in.' });
  const text = piped ? await readAll(world.stdin) : await textOf(flags.fromFile!);
  const value = text.replace(/\r?\n$/, '');
  if (value === '') throw new NebError('invalid', 'the secret\'s value is empty', { hint: 'Give --from-file FILE, --value TEXT, or pipe the value in.' });
  return value;
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new NebError('invalid', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  });
}
