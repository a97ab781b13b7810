import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, NebError } from '@neb/core-types';
import type { World } from '../world.ts';

/** A text with manifests, and what problems in it are called by. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

export interface SourceOptions {
  readonly world: World;
  /** Folders within folders too, except those of programs, which hold a package.json. */
  readonly recursive?: boolean | undefined;
}

const manifestFile = /\.(ya?ml|json)$/i;

/** The texts that `-f` names: files, folders of files, URLs, and `-` for stdin. Throws `invalid` naming the one that cannot be read. */
export async function readSources(names: readonly string[], options: SourceOptions): Promise<readonly Source[]> {
  const sources = await Promise.all(names.map((name) => readSource(name, options)));
  return sources.flat();
}

async function readSource(name: string, options: SourceOptions): Promise<readonly Source[]> {
  if (name === '-') return [{ file: '<stdin>', text: await readAll(options.world.stdin) }];
  if (/^https?:\/\//.test(name)) return [{ file: name, text: await download(name, options.world.interrupted) }];
  const stats = await stat(name).catch((cause: NodeJS.ErrnoException) => {
    throw new NebError('invalid', `${name} cannot be read: ${cause.code === 'ENOENT' ? 'there is no such file' : cause.message}`, { cause });
  });
  if (!stats.isDirectory()) return [{ file: name, text: await readText(name) }];
  const files = await filesIn(name, options.recursive ?? false);
  if (files.length === 0) throw new NebError('invalid', `${name} holds no .yaml, .yml or .json file`, { hint: options.recursive ? undefined : 'Add -R to look in the folders within it too.' });
  return Promise.all(files.map(async (file) => ({ file, text: await readText(file) })));
}

async function filesIn(folder: string, recursive: boolean): Promise<readonly string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return recursive && !(await holdsProgram(path)) ? filesIn(path, true) : [];
      return manifestFile.test(entry.name) ? [path] : [];
    }),
  );
  return found.flat();
}

async function holdsProgram(folder: string): Promise<boolean> {
  return await stat(join(folder, 'package.json')).then(() => true, () => false);
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new NebError('invalid', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  });
}

async function download(url: string, signal: AbortSignal): Promise<string> {
  const answer = await fetch(url, { signal }).catch((cause: unknown) => {
    throw new NebError('invalid', `${url} cannot be fetched: ${messageOf(cause)}`, { cause });
  });
  if (!answer.ok) throw new NebError('invalid', `${url} cannot be fetched: the server answered ${answer.status}`);
  return answer.text();
}

/** All that comes from a stream, as text. */
export async function readAll(stream: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
