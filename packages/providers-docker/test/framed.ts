import { fraction, type Random } from '@neb/core-types';

export interface Frame {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string | Uint8Array;
}

/** As an engine multiplexes what a container writes. */
export function framed({ stream, text }: Frame): Buffer {
  const data = Buffer.from(text as string);
  const header = Buffer.alloc(8);
  header[0] = stream === 'stdout' ? 1 : 2;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

/** The bytes in chunks of chance, of at most so many each. */
export async function* inPieces(bytes: Uint8Array, random: Random, most: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + Math.floor(fraction(random) * most);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
