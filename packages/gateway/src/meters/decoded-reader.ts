import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import type { Reading } from '../json/numbers-at.ts';
import type { BodyReader } from './answer-readers.ts';

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate, br: createBrotliDecompress, zstd: createZstdDecompress,
};

/** What may wait to be unpacked: where unpacking falls behind further, the answer is not counted. */
const waitingBytesAtMost = 4 * 2 ** 20;
/** What a packed answer may come to: a few bytes can unpack to days of work. */
const unpackedBytesAtMost = 256 * 2 ** 20;

/** Reads a copy of what is encoded so, unpacked beside the answer's way; nothing of it can be counted where that is not known. */
export function decodedReader(encoding: string, reader: BodyReader): BodyReader {
  if (encoding === '') return reader;
  const names = encoding.toLowerCase().split(',').map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity');
  const [name] = names;
  if (name === undefined) return reader;
  const decoder = names.length === 1 && Object.hasOwn(decoders, name) ? decoders[name] : undefined;
  return decoder ? unpacking(decoder(), reader) : { write: () => undefined, end: () => instead(reader, `it is encoded as ${JSON.stringify(encoding.slice(0, 40))}`) };
}

function unpacking(decoder: Transform, reader: BodyReader): BodyReader {
  let problem: string | undefined;
  let size = 0;
  let isOver = false;
  const over = new Promise<void>((resolve) => decoder.once('close', () => { isOver = true; resolve(); }));
  const giveUp = (why: string): void => {
    problem ??= why;
    decoder.destroy();
  };
  decoder.on('error', () => giveUp('it cannot be unpacked'));
  decoder.on('data', (bytes: Buffer) => {
    size += bytes.byteLength;
    if (size > unpackedBytesAtMost) giveUp(`it unpacks to more than ${unpackedBytesAtMost} bytes`);
    else reader.write(bytes);
  });
  return {
    write(bytes) {
      if (problem !== undefined || decoder.destroyed) return;
      if (decoder.writableLength > waitingBytesAtMost) giveUp('it came faster than it could be unpacked');
      else decoder.write(Buffer.from(bytes));
    },
    async end(whole) {
      if (!isOver) {
        decoder.end();
        await over;
      }
      // What broke off cannot be unpacked to its end, and what came before may have all that counts.
      return problem === undefined || (!whole && problem === 'it cannot be unpacked') ? reader.end(whole) : instead(reader, problem);
    },
  };
}

async function instead(reader: BodyReader, problem: string): Promise<readonly Reading[]> {
  return (await reader.end(false)).map(() => ({ problem }));
}
