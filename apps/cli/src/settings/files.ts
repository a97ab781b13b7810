import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf, NebError } from '@neb/core-types';
import type { Environment } from '../config.ts';
import { type Context, contextsIn, type Contexts, joined, olderContexts, type Project, projectIn } from './context.ts';

/** The user's own settings file. */
export function userFile(env: Environment): string {
  return join(env.home, '.neb', 'config.yaml');
}

/** Contexts of the user's file, and of the original's file where that has more. */
export async function readContexts(env: Environment): Promise<Contexts> {
  const ours = userFile(env);
  const older = join(env.home, '.agentsea', 'nebu.yaml');
  const own = contextsIn(await document(ours), ours);
  return existsSync(older) ? joined(own, olderContexts(await document(older).catch(() => undefined), older)) : own;
}

/** The `.neb.yaml` of this folder or the nearest above it; not past the home folder. */
export async function readProject(env: Environment, folder: string): Promise<Project | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, '.neb.yaml');
    if (existsSync(file)) return projectIn(await document(file), file);
    if (at === env.home || at === dirname(at)) return undefined;
  }
}

/** The text of a token file without its line end; `undefined` if there is none. */
export function readToken(file: string, env: Environment): string | undefined {
  const path = file.replace(/^~(?=\/|$)/, env.home);
  if (!existsSync(path)) return undefined;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new NebError('unauthenticated', `the token file ${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** A change to the user's file; comments and order in it stay. The file is readable by its owner only. */
export type Change =
  | { readonly do: 'put'; readonly name: string; readonly context: Partial<Context>; readonly use?: boolean }
  | { readonly do: 'use'; readonly name: string }
  | { readonly do: 'drop'; readonly name: string }
  /** Its token, and where a token was. */
  | { readonly do: 'forget'; readonly name: string };

export async function changeContexts(env: Environment, change: Change): Promise<void> {
  const { parseDocument } = await import('yaml');
  const file = userFile(env);
  const doc = parseDocument(existsSync(file) ? readFileSync(file, 'utf8') : '{}');
  if (doc.errors[0]) throw new NebError('invalid', `${file}: ${doc.errors[0].message}`);
  if (doc.contents && 'flow' in doc.contents) doc.contents.flow = false;
  switch (change.do) {
    case 'use': doc.set('current', change.name); break;
    case 'forget': {
      for (const key of ['token', 'token_file']) doc.deleteIn(['contexts', change.name, key]);
      break;
    }
    case 'drop': {
      doc.deleteIn(['contexts', change.name]);
      if (doc.get('current') === change.name) doc.delete('current');
      break;
    }
    case 'put': {
      const { tokenFile, ...rest } = change.context;
      if (!doc.has('contexts')) doc.set('contexts', doc.createNode({}));
      if (!doc.hasIn(['contexts', change.name])) doc.setIn(['contexts', change.name], doc.createNode({}));
      for (const [key, value] of Object.entries({ ...rest, token_file: tokenFile })) {
        if (value !== undefined) doc.setIn(['contexts', change.name, key], value);
      }
      if (change.use || !doc.has('current')) doc.set('current', change.name);
      break;
    }
  }
  writePrivately(file, doc.toString());
}

/** Replaces `file` in one step; only its owner can read it. */
export function writePrivately(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, text, { mode: 0o600 });
  chmodSync(aside, 0o600);
  renameSync(aside, file);
}

async function document(file: string): Promise<unknown> {
  if (!existsSync(file)) return undefined;
  // Only who has such a file needs the parser.
  const { parse } = await import('yaml');
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new NebError('invalid', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
