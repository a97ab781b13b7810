import type { Duplex } from 'node:stream';
import type { Connection, NebError } from '@neb/core-types';
import { writeAll } from './write-all.ts';

/** A stream as a connection, which owns it: disposing of one destroys the other. Where the stream fails, its reader is told what `broken` makes of that. */
export function connectionOver(stream: Duplex, broken: (error: Error) => NebError): Connection {
  stream.on('error', () => {}); // Told to whoever reads or writes next.
  return {
    readable: readingFrom(stream, broken),
    write: (data) => writeAll(stream, data),
    closeWrite: async () => void stream.end(),
    async [Symbol.asyncDispose]() {
      stream.destroy();
    },
  };
}

async function* readingFrom(stream: Duplex, broken: (error: Error) => NebError): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
  } catch (error) {
    throw broken(error as Error);
  }
}
