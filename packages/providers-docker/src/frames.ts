/** A part of what a container or a command wrote. */
export interface FramePart {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
  /** Whether it is the first, and the last, part of a frame: what was written at once. */
  readonly opens: boolean;
  readonly closes: boolean;
}

const headerBytes = 8;

/**
 * Takes apart an engine's multiplexed stream: frames of a header (which stream, how long) and data. Passes data on
 * as it comes, so that a long frame costs no memory. What a broken connection leaves of a header is dropped.
 */
export async function* frames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<FramePart> {
  const header = Buffer.alloc(headerBytes);
  let headerAt = 0;
  let left = 0;
  let opens = true;

  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length || (headerAt === headerBytes && left === 0); ) {
      if (headerAt < headerBytes) {
        const end = Math.min(chunk.length, at + headerBytes - headerAt);
        header.set(chunk.subarray(at, end), headerAt);
        headerAt += end - at;
        at = end;
        if (headerAt < headerBytes) break;
        left = header.readUInt32BE(4);
        opens = true;
        if (left > 0) continue;
      }
      const end = Math.min(chunk.length, at + left);
      left -= end - at;
      yield { stream: header[0] === 1 || header[0] === 0 ? 'stdout' : 'stderr', data: chunk.subarray(at, end), opens, closes: left === 0 };
      opens = false;
      at = end;
      if (left === 0) headerAt = 0;
    }
  }
}
