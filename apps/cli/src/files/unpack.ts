import { chmod, lstat, mkdir, open, rm, symlink } from 'node:fs/promises';
import { dirname, join, normalize, relative, resolve, sep } from 'node:path';
import { NebError } from '@neb/core-types';
import type { Tally } from './pack.ts';
import { readTar, type TarFile } from './read-tar.ts';

export interface UnpackOptions {
  /** The entry that was asked for, as the archive names it. */
  readonly from: string;
  /** What that entry becomes here. Everything is written to it or below it, and nowhere else. */
  readonly to: string;
  readonly tally: Tally;
  /** Told of entries that are left out, and why. */
  readonly onSkip: (path: string, why: string) => void;
}

/**
 * Writes an archive of a container, which nobody need trust: no entry leaves `to` by `..`, by an absolute name or through a
 * link, and links that would point out of it are left out.
 */
export async function unpack(tar: AsyncIterable<Uint8Array>, options: UnpackOptions): Promise<void> {
  const root = resolve(options.to);
  const links: (() => Promise<void>)[] = [];
  for await (const entry of readTar(tar)) {
    const path = placeOf(entry.path, options.from, root);
    if (path === undefined) {
      options.onSkip(entry.path, 'it lies outside of what was asked for');
      continue;
    }
    await refuseLinks(path, root);
    switch (entry.type) {
      case 'folder': await mkdir(path, { recursive: true }); break;
      case 'file': await writeFile(path, entry, options.tally); break;
      case 'symlink': {
        const target = resolve(dirname(path), entry.target);
        if (isWithin(target, path === root ? dirname(root) : root)) links.push(() => putLink(path, entry.target));
        else options.onSkip(entry.path, `it links to ${entry.target}, outside of what was asked for`);
        break;
      }
      case 'hardlink': {
        const target = placeOf(entry.target, options.from, root);
        // Of a link to a file that was copied, a link is enough.
        if (target === undefined) options.onSkip(entry.path, `it links to ${entry.target}, outside of what was asked for`);
        else links.push(() => putLink(path, relative(dirname(path), target)));
        break;
      }
      case 'other': options.onSkip(entry.path, 'it is neither a file nor a folder'); break;
    }
  }
  // Last, so that no entry is written through a link of the archive's own.
  for (const put of links) await put();
}

/** Where an entry belongs; `undefined` for one that is not below `from`. */
function placeOf(name: string, from: string, root: string): string | undefined {
  const clean = normalize(name).replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
  const wanted = normalize(from).replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
  const rest = wanted === '.' || wanted === '' ? clean : clean === wanted ? '' : clean.startsWith(`${wanted}/`) ? clean.slice(wanted.length + 1) : undefined;
  if (rest === undefined) return undefined;
  const path = resolve(root, rest === '.' ? '' : rest);
  return isWithin(path, root) ? path : undefined;
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** Throws where a folder between `root` and `path` is a link, which would lead elsewhere. */
async function refuseLinks(path: string, root: string): Promise<void> {
  const parts = relative(root, dirname(path)).split(sep).filter((part) => part !== '' && part !== '..');
  for (let at = 0; at < parts.length; at++) {
    const folder = join(root, ...parts.slice(0, at + 1));
    const stats = await lstat(folder).catch(() => undefined);
    if (stats?.isSymbolicLink()) throw new NebError('invalid', `${folder} is a link; nothing is written through it`, { hint: 'Copy to a folder without links in it.' });
  }
}

async function writeFile(path: string, entry: TarFile, tally: Tally): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // A link of that name would be written through.
  if ((await lstat(path).catch(() => undefined))?.isSymbolicLink()) await rm(path);
  const file = await open(path, 'w', entry.mode);
  try {
    for await (const chunk of entry.content) {
      for (let sent = 0; sent < chunk.length; ) sent += (await file.write(chunk, sent)).bytesWritten;
    }
  } finally {
    await file.close();
  }
  // What others could do on the container's machine is not what they may do here.
  await chmod(path, (entry.mode & 0o755) | 0o600);
  tally.files++;
  tally.bytes += entry.size;
}

async function putLink(path: string, target: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  await symlink(target, path);
}
