import type { Writable } from 'node:stream';
import { NebError } from '@neb/core-types';

/** Resolves once the stream has passed the bytes on. Rejects with `unavailable` where it was closed. */
export async function writeAll(stream: Writable, data: Uint8Array): Promise<void> {
  const closed = (cause?: Error): NebError => new NebError('unavailable', 'the other side has closed the connection', { cause });
  if (!stream.writable) throw closed();
  await new Promise<void>((resolve, reject) => {
    stream.write(data, (error) => (error ? reject(closed(error)) : resolve()));
  });
}
