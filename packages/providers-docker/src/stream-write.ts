import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { NebError } from '@neb/core-types';

/** Resolves once the stream has taken the bytes and has room for more. Rejects with `unavailable` where it was closed. */
export async function writeAll(stream: Writable, data: Uint8Array): Promise<void> {
  if (!stream.writable) throw new NebError('unavailable', 'the other side has closed the connection');
  if (stream.write(data)) return;
  await Promise.race([once(stream, 'drain'), once(stream, 'close')]);
  if (stream.destroyed) throw new NebError('unavailable', 'the other side has closed the connection');
}
