import { createReadStream, type Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { NebError } from '@neb/core-types';
import { padding, blockBytes, writeHeader } from './tar-header.ts';

/** What was copied, for the closing line. */
export interface Tally {
  files: number;
  bytes: number;
}

/** A tar of what is at `path`, under the name `name`. Links are packed as links; sockets and devices are left out. */
export async function* pack(path: string, name: string, tally: Tally): AsyncGenerator<Uint8Array, void> {
  yield* packOne(path, name, tally);
  yield new Uint8Array(2 * blockBytes);
}

async function* packOne(path: string, name: string, tally: Tally): AsyncGenerator<Uint8Array, void> {
  const stats = await lstat(path);
  const common = { path: name, mode: stats.mode & 0o7777, modified: stats.mtimeMs / 1_000, size: 0, target: '' };
  if (stats.isDirectory()) {
    yield writeHeader({ ...common, type: 'folder' });
    for (const entry of (await readdir(path)).sort()) yield* packOne(join(path, entry), `${name}/${entry}`, tally);
  } else if (stats.isSymbolicLink()) {
    yield writeHeader({ ...common, type: 'symlink', target: await readlink(path) });
  } else if (stats.isFile()) {
    yield writeHeader({ ...common, type: 'file', size: stats.size });
    yield* content(path, stats);
    tally.files++;
    tally.bytes += stats.size;
  }
}

/** Exactly the bytes the header announced, or an error: a file that is written to meanwhile would shift all that follows. */
async function* content(path: string, { size }: Stats): AsyncGenerator<Uint8Array, void> {
  let sent = 0;
  if (size > 0) {
    for await (const chunk of createReadStream(path, { end: size - 1, highWaterMark: 256 * 1024 }) as AsyncIterable<Uint8Array>) {
      sent += chunk.length;
      yield chunk;
    }
  }
  if (sent !== size) throw new NebError('conflict', `${path} became shorter while it was copied`, { hint: 'Copy it again when nothing writes to it.' });
  yield new Uint8Array(padding(size));
}
