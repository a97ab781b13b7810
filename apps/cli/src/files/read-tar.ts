import { NebError } from '@neb/core-types';
import { padding, blockBytes, readHeader, readPax, type TarEntry } from './tar-header.ts';

/** An entry, and its bytes; they are skipped where nobody reads them. */
export interface TarFile extends TarEntry {
  readonly content: AsyncIterable<Uint8Array>;
}

/** The entries of a tar archive in order, one at a time; whatever comes in long names is resolved. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarFile, void> {
  const bytes = reader(source);
  let long: { path?: string; linkpath?: string; size?: string } = {};
  for (;;) {
    const block = await bytes.exactly(blockBytes);
    if (!block) throw cutShort();
    const header = readHeader(block);
    if (!header) return;
    // x: pax. L, K: GNU's long names and long links. g: pax for all, which says nothing that we use.
    if (['x', 'L', 'K', 'g'].includes(header.flag)) {
      const data = await bytes.exactly(header.size);
      await bytes.skip(padding(header.size));
      if (!data) throw cutShort();
      const name = Buffer.from(data).toString('utf8').replace(/\0+$/, '');
      if (header.flag === 'x') long = { ...long, ...readPax(data) };
      else if (header.flag === 'L') long = { ...long, path: name };
      else if (header.flag === 'K') long = { ...long, linkpath: name };
      continue;
    }
    const size = header.type === 'file' ? Number(long.size ?? header.size) : 0;
    let left = size;
    const content = (async function* () {
      while (left > 0) {
        const chunk = await bytes.some(left);
        if (!chunk) throw cutShort();
        left -= chunk.length;
        yield chunk;
      }
    })();
    const { flag: _, ...entry } = header;
    yield { ...entry, path: (long.path ?? header.path).replace(/\/+$/, ''), target: long.linkpath ?? header.target, size, content };
    if (left > 0 && !(await bytes.skip(left))) throw cutShort();
    await bytes.skip(padding(size));
    long = {};
  }
}

interface Reader {
  /** Up to `most` bytes; `undefined` at the end. */
  some(most: number): Promise<Uint8Array | undefined>;
  exactly(count: number): Promise<Uint8Array | undefined>;
  /** False where the source ended first. */
  skip(count: number): Promise<boolean>;
}

function reader(source: AsyncIterable<Uint8Array>): Reader {
  const chunks = source[Symbol.asyncIterator]();
  let held: Uint8Array = new Uint8Array(0);
  const some = async (most: number): Promise<Uint8Array | undefined> => {
    while (held.length === 0) {
      const next = await chunks.next();
      if (next.done) return undefined;
      held = next.value;
    }
    const taken = held.subarray(0, most);
    held = held.subarray(taken.length);
    return taken;
  };
  const each = async (count: number, take: (chunk: Uint8Array) => void): Promise<boolean> => {
    for (let left = count; left > 0; ) {
      const chunk = await some(left);
      if (!chunk) return false;
      take(chunk);
      left -= chunk.length;
    }
    return true;
  };
  return {
    some,
    exactly: async (count) => {
      const parts: Uint8Array[] = [];
      return (await each(count, (chunk) => parts.push(chunk))) ? Buffer.concat(parts) : undefined;
    },
    skip: (count) => each(count, () => undefined),
  };
}

function cutShort(): NebError {
  return new NebError('unavailable', 'the archive from the container ended too early');
}
