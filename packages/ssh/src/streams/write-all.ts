import type { Writable } from 'node:stream';
import { NebError } from '@neb/core-types';

/** Resolves once the stream has passed the bytes on. Rejects with `unavailable` where it was closed, or is before it has. */
export async function writeAll(stream: Writable, data: Uint8Array): Promise<void> {
  const closed = (cause?: Error): NebError => new NebError('unavailable', 'the other side has closed the connection', { cause });
  if (!stream.writable) throw closed();
  await new Promise<void>((resolve, reject) => {
    // What waits for the other side as the stream is destroyed is never called back.
    const lost = (): void => reject(closed());
    stream.once('close', lost);
    stream.write(data, (error) => {
      stream.off('close', lost);
      if (error) reject(closed(error));
      else resolve();
    });
  });
}
