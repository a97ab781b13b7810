import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { messageOf, NebError } from '@neb/core-types';
import type { Session } from '../session.ts';
import { readAll } from './sources.ts';

export interface SecretFlags {
  readonly value?: string;
  /** `PATH`, or `KEY=PATH` for a field of its own. */
  readonly fromFile?: readonly string[];
  readonly fromEnvFile?: readonly string[];
}

const hint = 'Give --from-file FILE, --from-env-file FILE, --value TEXT, or pipe the value in.';

/**
 * A secret's value from a flag, files, or what is piped in; one line end after it is not part of it. Of several sources, of
 * named ones and of an environment file it is a JSON object with a field for each.
 */
export async function secretValue(session: Session, flags: SecretFlags): Promise<string> {
  const { value, fromFile = [], fromEnvFile = [] } = flags;
  const files = fromFile.length + fromEnvFile.length;
  if (value !== undefined && files > 0) throw new NebError('invalid', `the value is given twice: with --value and ${fromFile.length > 0 ? '--from-file' : '--from-env-file'}`, { hint: 'Leave one of them out.' });
  if (value !== undefined && value !== '-') return some(value);
  if (files === 0) return some(trimmed(await pipedText(session)));
  const [only] = fromFile;
  if (files === 1 && only !== undefined && named(only).key === undefined) return some(trimmed(await textOf(session, only)));
  return JSON.stringify(await fieldsOf(session, { fromFile, fromEnvFile }));
}

async function fieldsOf(session: Session, { fromFile, fromEnvFile }: Required<Omit<SecretFlags, 'value'>>): Promise<Readonly<Record<string, string>>> {
  const fields: Record<string, string> = {};
  const add = (key: string, value: string): void => {
    if (Object.hasOwn(fields, key)) throw new NebError('invalid', `the field ${key} is given twice`, { hint: 'Leave one of them out.' });
    fields[key] = value;
  };
  for (const file of fromEnvFile) {
    const variables = Object.entries(parseEnv(await textOf(session, file)));
    if (variables.length === 0) throw new NebError('invalid', `${file} holds no KEY=VALUE line`);
    for (const [key, value] of variables) add(key, value ?? '');
  }
  for (const text of fromFile) {
    const { key, path } = named(text);
    add(key ?? path.split('/').at(-1)!, trimmed(await textOf(session, path)));
  }
  return fields;
}

function named(text: string): { readonly key?: string | undefined; readonly path: string } {
  const [, key, path] = /^([\w.-]+)=(.+)$/s.exec(text) ?? [];
  return path === undefined ? { path: text } : { key, path };
}

async function pipedText({ world }: Session): Promise<string> {
  if (world.stdin.isTTY === true) throw new NebError('invalid', 'the secret has no value', { hint });
  return readAll(world.stdin);
}

async function textOf(session: Session, file: string): Promise<string> {
  if (file === '-') return pipedText(session);
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new NebError('invalid', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  });
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new NebError('invalid', `${file} is not text, and a secret's value is`, { cause, hint: 'Encode it first, such as with base64.' });
  }
}

const trimmed = (text: string): string => text.replace(/\r?\n$/, '');

function some(value: string): string {
  if (value === '') throw new NebError('invalid', 'the secret\'s value is empty', { hint });
  return value;
}
