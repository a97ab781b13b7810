import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, NebError, type Random } from '@neb/core-types';
import { makeDataFolder } from '../data-folder.ts';

/** What is kept, by what it is: the same content is kept once. */
export interface Blob {
  /** Such as `sha256:9f86d0…`. */
  readonly digest: string;
  readonly sizeBytes: number;
}

/** Files by the digest of their content. */
export interface Blobs {
  /** Keeps all of it and says what it is; nothing is left of one that breaks off. Once it resolves it is on disk. */
  keep(content: AsyncIterable<Uint8Array>): Promise<Blob>;
  /** Rejects with `not_found` where there is none; throws at its end where it is not what its digest says. */
  read(digest: string): Promise<AsyncIterable<Uint8Array>>;
  /** Removes those that `isNeeded` does not know, and that are not being read or were kept within the last hour. Resolves with how many. */
  tidy(isNeeded: (digest: string) => Promise<boolean>): Promise<number>;
}

const graceMs = 3_600_000;

export interface BlobsOptions {
  readonly folder: string;
  readonly random: Random;
  readonly now: () => number;
}

export function blobs({ folder, random, now }: BlobsOptions): Blobs {
  const reading = new Map<string, number>();
  const pathOf = (digest: string): string => {
    const [, hash] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? [];
    if (hash === undefined) throw new NebError('invalid', `"${digest}" is no digest`);
    return join(folder, hash);
  };

  return {
    async keep(content) {
      await makeDataFolder(folder);
      const draft = join(folder, `draft-${Buffer.from(random(9)).toString('hex')}`);
      try {
        const { hash, sizeBytes } = await written(draft, content);
        const digest = `sha256:${hash}`;
        await rename(draft, pathOf(digest));
        return { digest, sizeBytes };
      } finally {
        await rm(draft, { force: true });
      }
    },
    async read(digest) {
      const path = pathOf(digest);
      await stat(path).catch((cause: unknown) => {
        throw new NebError('not_found', `the file ${digest} is not on this server`, { cause, hint: 'A snapshot that was imported is on the server that took it in.' });
      });
      return checked(path, digest);
    },
    async tidy(isNeeded) {
      let removed = 0;
      for (const name of await readdir(folder).catch(() => [])) {
        const path = join(folder, name);
        const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: now() }));
        if (Math.abs(now() - mtimeMs) < graceMs || reading.has(`sha256:${name}`)) continue;
        if (!name.startsWith('draft-') && (await isNeeded(`sha256:${name}`))) continue;
        await rm(path, { force: true });
        removed++;
      }
      return removed;
    },
  };

  async function* checked(path: string, digest: string): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    reading.set(digest, (reading.get(digest) ?? 0) + 1);
    try {
      for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
        hash.update(chunk);
        yield chunk;
      }
    } finally {
      const left = (reading.get(digest) ?? 1) - 1;
      if (left > 0) reading.set(digest, left);
      else reading.delete(digest);
    }
    if (`sha256:${hash.digest('hex')}` !== digest) throw new NebError('failed', `the file ${digest} is damaged: its content is another than its digest says`, { hint: 'Import the snapshot again.' });
  }
}

async function written(path: string, content: AsyncIterable<Uint8Array>): Promise<{ readonly hash: string; readonly sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const file = await open(path, 'wx', 0o600).catch((cause: unknown) => {
    throw new NebError('invalid', `${path} cannot be written: ${messageOf(cause)}`, { cause });
  });
  try {
    for await (const chunk of content) {
      hash.update(chunk);
      sizeBytes += chunk.byteLength;
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { hash: hash.digest('hex'), sizeBytes };
}
