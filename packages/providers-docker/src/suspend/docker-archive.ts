import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { NebError } from '@neb/core-types';
import { extract, pack } from 'tar-stream';

/** Where a container's memory is, on the shelf and in archives, and its files as an image in archives. */
export const memoryFolder = 'checkpoint';
export const imageFile = 'image.tar';
const nameFile = 'image.txt';
/** Whose images those are. */
export const repository = 'neb-snapshot';

/** An archive of an image, which is staged in a file that goes, and of the memory in a folder. */
export async function* archiveOf({ image, staged, memory }: { readonly image: string; readonly staged: string; readonly memory: string }): AsyncGenerator<Uint8Array> {
  const out = pack();
  const files = [{ file: staged, as: imageFile }, ...(await readdir(memory)).map((file) => ({ file: join(memory, file), as: `${memoryFolder}/${file}` }))];
  const packed = (async () => {
    out.entry({ name: nameFile }, image);
    for (const { file, as } of files) await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), out.entry({ name: as, size: (await stat(file)).size }));
    out.finalize();
  })();
  packed.catch((error: unknown) => out.destroy(error as Error));
  try {
    yield* out as AsyncIterable<Uint8Array>;
  } finally {
    await rm(staged, { force: true });
  }
}

/** Puts an archive down: its image is staged in a file, its memory in a folder that is still to be renamed. */
export async function unpack(archive: AsyncIterable<Uint8Array>, { folder, progress }: { readonly folder: string; readonly progress: (doneBytes: number) => void }): Promise<{ readonly image: string; readonly staged: string }> {
  const memory = join(folder, `${memoryFolder}.part`);
  await rm(memory, { recursive: true, force: true });
  await mkdir(memory, { recursive: true, mode: 0o700 });
  const staged = join(folder, imageFile);
  const input = extract();
  const fed = pipeline(Readable.from(archive, { objectMode: false }), input);
  fed.catch(() => undefined); // Told to whoever reads, below.
  let [image, done] = ['', 0];
  for await (const entry of input) {
    const { name, size = 0 } = entry.header;
    if (name === nameFile) image = (await Array.fromAsync(entry as AsyncIterable<Buffer>)).map(String).join('');
    else {
      const [, file] = new RegExp(`^${memoryFolder}/([^/]+)$`).exec(name) ?? [];
      if (name !== imageFile && (file === undefined || file === '..' || file === '.')) throw new NebError('invalid', `the snapshot has ${name} in it, so Docker did not make it`);
      await pipeline(entry, createWriteStream(file === undefined ? staged : join(memory, file), { mode: 0o600 }));
    }
    progress((done += size));
  }
  await fed;
  if (!image.startsWith(`${repository}:`)) throw new NebError('invalid', 'the snapshot does not say which image it has, so it was not made from Docker');
  return { image, staged };
}
