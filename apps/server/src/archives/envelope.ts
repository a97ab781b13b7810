import { NebError, type SnapshotStatus, snapshotStatus } from '@neb/core-types';
import { z } from 'zod';
import type { Blob } from './blobs.ts';

/** What a snapshot's file begins with: one line of JSON, and behind it the archive as its platform gave it. */
const header = z.object({
  neb: z.literal('snapshot'),
  version: z.literal(1),
  container: z.string(),
  digest: z.string(),
  size_bytes: z.number(),
  facts: snapshotStatus.pick({ of: true, taken_at: true, keeps: true, size_bytes: true, made: true }),
});
export type Header = z.infer<typeof header>;

const longestHeader = 64 * 1024;

/** The file of a snapshot. */
export async function* sealed({ container, status, blob }: { readonly container: string; readonly status: SnapshotStatus; readonly blob: Blob }, archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { of, taken_at, keeps, size_bytes, made } = status;
  const top: Header = { neb: 'snapshot', version: 1, container, digest: blob.digest, size_bytes: blob.sizeBytes, facts: { of, taken_at, keeps, size_bytes, made } };
  yield new TextEncoder().encode(`${JSON.stringify(top)}\n`);
  yield* archive;
}

/** What a file says of itself, and the archive in it. Throws `invalid` for any other file. */
export async function opened(file: AsyncIterable<Uint8Array>): Promise<{ readonly header: Header; readonly archive: AsyncIterable<Uint8Array> }> {
  const chunks = file[Symbol.asyncIterator]();
  let start: Buffer = Buffer.alloc(0);
  for (;;) {
    const end = start.indexOf(0x0a);
    if (end >= 0) return { header: read(start.subarray(0, end)), archive: rest(start.subarray(end + 1), chunks) };
    const next = await chunks.next();
    if (next.done === true || start.byteLength > longestHeader) throw foreign();
    start = Buffer.concat([start, next.value]);
  }
}

function read(line: Buffer): Header {
  try {
    return header.parse(JSON.parse(line.toString()));
  } catch (cause) {
    throw foreign(cause);
  }
}

function foreign(cause?: unknown): NebError {
  return new NebError('invalid', 'this is no snapshot of neb', { cause, hint: '`neb snapshot export NAME --to FILE` writes one.' });
}

async function* rest(first: Uint8Array, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (first.byteLength > 0) yield first;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  } finally {
    await chunks.return?.();
  }
}
