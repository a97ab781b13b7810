import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';

/** What becomes of an entry: as it is, left out, or other bytes. */
export type Replacement = 'keep' | 'drop' | Uint8Array;

const largest = 16 * 2 ** 20;

/** A tar with some entries replaced, as it streams by. `replace` is asked for each file's name. */
export function rewriteTar(source: AsyncIterable<Uint8Array>, replace: (name: string) => Replacement): Readable {
  const [input, output] = [extract(), pack()];
  void pipeline(Readable.from(source, { objectMode: false }), input).catch((error: unknown) => output.destroy(error as Error));
  const copied = (async () => {
    for await (const entry of input) {
      const { header } = entry;
      const next = header.type === 'file' ? replace(header.name) : 'keep';
      if (next === 'keep') await pipeline(entry, output.entry(header));
      else {
        entry.resume();
        if (next !== 'drop') output.entry({ ...header, size: next.length }, Buffer.from(next));
      }
    }
    output.finalize();
  })();
  copied.catch((error: unknown) => output.destroy(error as Error));
  // tar-stream's own streams are not Node's.
  const out = new PassThrough({ highWaterMark: 2 ** 20 });
  void pipeline(output, out).catch(() => undefined);
  return out;
}

/** The named files of a tar, which are small. Stops reading once it has them all. */
export async function filesOf(source: AsyncIterable<Uint8Array>, names: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const input = extract();
  const stop = new AbortController();
  const fed = pipeline(Readable.from(source, { objectMode: false }), input, { signal: stop.signal });
  fed.catch(() => undefined); // Told to whoever reads, below.
  for await (const entry of input) {
    const { name, size = 0 } = entry.header;
    if (names.includes(name) && size <= largest) found.set(name, await buffer(entry));
    else entry.resume();
    if (found.size === names.length) break;
  }
  stop.abort();
  return found;
}
