import type { FileHandle } from 'node:fs/promises';
import { tarHeader } from '../tar.ts';

/** An entry of a tar file: where it is, its extended headers included, and what it holds. */
export interface TarPart {
  readonly name: string;
  readonly from: number;
  readonly dataFrom: number;
  readonly size: number;
  /** The next one's `from`. */
  readonly to: number;
}

const block = 512;
const chunk = 2 ** 20;
/** Types of headers that say more of the entry after them: POSIX's and GNU's. */
const extensions = ['x', 'g', 'L', 'K'];

/** The entries of a tar file, by its headers alone: what they hold is not read. */
export async function tarParts(file: FileHandle): Promise<readonly TarPart[]> {
  const parts: TarPart[] = [];
  let paxSize: number | undefined;
  for (let [at, from] = [0, 0]; ; ) {
    const header = await bytesAt(file, at, block);
    if (header.length < block || header.every((byte) => byte === 0)) return parts;
    const type = String.fromCharCode(header[156] ?? 0);
    const isExtension = extensions.includes(type);
    const size = (isExtension ? undefined : paxSize) ?? sizeIn(header);
    const dataFrom = at + block;
    at = dataFrom + Math.ceil(size / block) * block;
    if (isExtension) {
      const found = /(?:^|\n)\d+ size=(\d+)\n/.exec(type === 'x' ? (await bytesAt(file, dataFrom, size)).toString() : '');
      if (found) paxSize = Number(found[1]);
      continue;
    }
    parts.push({ name: text(header, 0, 100), from, dataFrom, size, to: at });
    [from, paxSize] = [at, undefined];
  }
}

/** What a small entry holds. */
export async function partOf(file: FileHandle, { dataFrom, size }: TarPart): Promise<Buffer> {
  return await bytesAt(file, dataFrom, size);
}

export interface Splice {
  /** What comes at the place of the entries of those names, which are left out where it is `undefined`. */
  readonly instead: ReadonlyMap<string, Uint8Array | undefined>;
  /** A tar that comes last; nothing if absent. */
  readonly end?: AsyncIterable<Uint8Array> | undefined;
}

/** The tar with `instead` and `end`, and all else as it is, byte by byte. */
export async function* spliced(file: FileHandle, parts: readonly TarPart[], { instead, end }: Splice): AsyncGenerator<Uint8Array> {
  for (const { name, from, to } of parts) {
    if (!instead.has(name)) {
      for (let at = from; at < to; at += chunk) yield await bytesAt(file, at, Math.min(chunk, to - at));
      continue;
    }
    const content = instead.get(name);
    if (!content) continue;
    yield tarHeader(name, content.length);
    yield content;
    yield new Uint8Array((block - (content.length % block)) % block);
  }
  yield* end ?? [new Uint8Array(2 * block)];
}

async function bytesAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}

/** Octal, or binary where it is larger than that can say. */
function sizeIn(header: Buffer): number {
  if (((header[124] ?? 0) & 0x80) !== 0) return Number(header.readBigUInt64BE(128));
  return Number.parseInt(text(header, 124, 12).trim() || '0', 8);
}

function text(bytes: Buffer, from: number, length: number): string {
  return bytes.toString('utf8', from, from + length).replace(/\0.*$/s, '');
}
