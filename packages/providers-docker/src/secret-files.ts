import { createHash } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { chmod, chown, lstat, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Clock, NebError, type SecretFile } from '@neb/core-types';
import type { Reader } from './secret-reader.ts';

/** Secrets of containers as files of this machine's memory, for an engine that mounts them from there. */
export interface SecretFiles {
  /** Writes the files of a container, over what is there of them. After it each is whole and its reader's. */
  write(container: string, files: readonly SecretFile[], reader: Reader): Promise<readonly Bind[]>;
  /** After it nothing of that container is there. Succeeds if nothing was. */
  remove(container: string): Promise<void>;
  /** Removes what a crash left: of containers that are not among those that `names` gives. Asks for them every 10 minutes at most. */
  sweep(names: () => Promise<readonly string[]>): Promise<void>;
}

/** A file of this machine, and where a container sees it. */
export interface Bind {
  readonly source: string;
  readonly target: string;
}

export interface SecretFilesOptions {
  /** Made if it is not there; its parent is a file system in memory. */
  readonly root: string;
  /** Which engine: two on one machine do not sweep each other's. */
  readonly at: string;
  readonly clock: Clock;
}

/** Of statfs: tmpfs, and ramfs, which is never swapped out. */
const inMemory = [0x01021994, 0x858458f6];
const sweepEveryMs = 600_000;
/** Written just before its container is made, which the engine may take a minute for. */
const youngMs = 600_000;

/** Whether files below `root` stay in memory. */
export function isInMemory(root: string): boolean {
  try {
    return inMemory.includes(statfsSync(dirname(root)).type);
  } catch {
    return false;
  }
}

export function secretFiles({ root, at, clock }: SecretFilesOptions): SecretFiles {
  const base = join(root, createHash('sha256').update(at).digest('hex').slice(0, 12));
  let sweptAt = -Infinity;

  return {
    async write(container, files, reader) {
      await makePrivate(root);
      const folder = join(base, container);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return await Promise.all(files.map(async (file, n) => {
        const source = join(folder, String(n));
        await writeWhole(source, file, reader);
        return { source, target: file.path };
      }));
    },
    remove: (container) => rm(join(base, container), { recursive: true, force: true }),
    async sweep(names) {
      if (clock.now() - sweptAt < sweepEveryMs) return;
      sweptAt = clock.now();
      const found = await foldersIn(base);
      if (found.length === 0) return;
      const wanted = new Set(await names());
      for (const name of found) {
        const folder = join(base, name);
        if (!wanted.has(name) && (await ageMs(folder, clock)) > youngMs) await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Everybody may write where `root` is: one that somebody else made first would hand them the secrets. */
async function makePrivate(root: string): Promise<void> {
  await mkdir(root, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw new NebError('unavailable', `the folder for secret files cannot be made: ${error.message}`, { cause: error });
  });
  const found = await lstat(root);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0) {
    throw new NebError('unavailable', `${root} is where secret files go, and is open to others`, { hint: 'Look who made it, and remove it.' });
  }
}

async function writeWhole(path: string, { content, mode = 0o400 }: SecretFile, reader: Reader): Promise<void> {
  const draft = `${path}.new`;
  await rm(draft, { force: true });
  await writeFile(draft, content, { mode: 0o600, flag: 'wx' });
  const owned = reader !== 'anybody' && (await give(draft, reader));
  // What keeps others of this machine out is the folder. Those who share the container share what it was given.
  await chmod(draft, owned ? mode : mode | 0o444);
  await rename(draft, path);
}

/** Whether it is the reader's now: only an administrator can give files away. */
async function give(path: string, { uid, gid }: Exclude<Reader, string>): Promise<boolean> {
  try {
    await chown(path, uid, gid);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return false;
    throw error;
  }
}

async function foldersIn(base: string): Promise<readonly string[]> {
  return await readdir(base).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

async function ageMs(folder: string, clock: Clock): Promise<number> {
  return await stat(folder).then(({ mtimeMs }) => clock.now() - mtimeMs, () => 0);
}
