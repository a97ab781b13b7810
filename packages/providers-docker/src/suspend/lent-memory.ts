import { createReadStream, createWriteStream } from 'node:fs';
import { access, constants, lstat, mkdir, open, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { NebError } from '@neb/core-types';
import { extract, pack } from 'tar-stream';
import { spliced, type TarPart, tarParts } from './tar-splice.ts';

/** Where memory is, in a folder of a container at Podman and in its archives. */
export const memoryFolder = 'checkpoint';

/**
 * Lets Podman save a container's memory into `folder`, which is emptied: by a link at the place where it saves. An archive then holds that
 * link instead of the memory, so that nothing copies it: not Podman into the archive, nor the socket, nor whoever goes on from it.
 * False, and nothing is lent, where the container's own folder is out of reach.
 */
export async function lend(folder: string, containerFolder: string): Promise<boolean> {
  if (!(await access(containerFolder, constants.R_OK | constants.W_OK).then(() => containerFolder !== '', () => false))) return false;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rm(join(containerFolder, memoryFolder), { recursive: true, force: true });
  await symlink(folder, join(containerFolder, memoryFolder));
  return true;
}

/** The container saves into its own folder again. Succeeds if nothing was lent. */
export async function takeBack(containerFolder: string): Promise<void> {
  const place = join(containerFolder, memoryFolder);
  const isLink = await lstat(place).then((seen) => seen.isSymbolicLink(), () => false);
  if (isLink) await rm(place, { force: true });
}

/** Whether an archive has its memory beside it. */
export const isBeside = (parts: readonly TarPart[]): boolean => parts.some(({ name }) => name === memoryFolder);

/** The end of an archive: where on this machine its memory is. */
export function linkTo(folder: string): AsyncIterable<Uint8Array> {
  const out = pack();
  out.entry({ name: memoryFolder, type: 'symlink', linkname: folder });
  out.finalize();
  return out as AsyncIterable<Uint8Array>;
}

/** The whole of an archive whose memory is in `folder` beside it. */
export async function* wholeOf(archive: string, folder: string): AsyncGenerator<Uint8Array> {
  await using file = await open(archive);
  const parts = await tarParts(file);
  yield* spliced(file, parts, { instead: new Map([[memoryFolder, undefined]]), end: isBeside(parts) ? memoryOf(folder) : undefined });
}

async function* memoryOf(folder: string): AsyncGenerator<Uint8Array> {
  const out = pack();
  const packed = (async () => {
    out.entry({ name: `${memoryFolder}/`, type: 'directory', mode: 0o700 });
    for (const name of await readdir(folder)) {
      const file = join(folder, name);
      await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), out.entry({ name: `${memoryFolder}/${name}`, size: (await stat(file)).size }));
    }
    out.finalize();
  })();
  packed.catch((error: unknown) => out.destroy(error as Error));
  yield* out as AsyncIterable<Uint8Array>;
}

export interface Setting {
  readonly archive: string;
  readonly folder: string;
  readonly progress: (doneBytes: number) => void;
}

/** Puts a whole archive down as one whose memory is in `folder` beside it. Once `archive` is there, so is all of it. */
export async function setBeside(bytes: AsyncIterable<Uint8Array>, { archive, folder, progress }: Setting): Promise<void> {
  const part = `${archive}.part`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const [input, out] = [extract(), pack()];
  const fed = pipeline(Readable.from(bytes, { objectMode: false }), input);
  const written = pipeline(out, createWriteStream(part, { mode: 0o600 }));
  try {
    await Promise.all([fed, written, sorted()]);
  } catch (error) {
    input.destroy();
    out.destroy();
    throw error;
  }
  await rename(part, archive);

  async function sorted(): Promise<void> {
    let done = 0;
    for await (const entry of input) {
      const { name, type, size = 0 } = entry.header;
      const [, file] = new RegExp(`^${memoryFolder}/([^/]+)$`).exec(name) ?? [];
      if (file === '.' || file === '..' || (type !== 'file' && type !== 'directory')) throw new NebError('invalid', `the snapshot has ${name} in it, so Podman did not make it`);
      if (type === 'directory') {
        if (name !== `${memoryFolder}/`) out.entry({ name, type, mode: entry.header.mode });
        entry.resume();
      } else await pipeline(entry, file === undefined ? out.entry({ name, size, mode: entry.header.mode }) : createWriteStream(join(folder, file), { mode: 0o600, highWaterMark: 2 ** 22 }));
      progress((done += size));
    }
    out.entry({ name: memoryFolder, type: 'symlink', linkname: memoryFolder });
    out.finalize();
  }
}

