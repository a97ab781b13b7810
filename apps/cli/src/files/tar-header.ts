import { NebError } from '@neb/core-types';

/** One entry of a tar archive. */
export interface TarEntry {
  /** Relative, with `/`; without a trailing one for folders. */
  readonly path: string;
  readonly type: 'file' | 'folder' | 'symlink' | 'hardlink' | 'other';
  readonly mode: number;
  /** Bytes of a file; 0 for all else. */
  readonly size: number;
  /** Seconds since the epoch. */
  readonly modified: number;
  /** Where a link points to. */
  readonly target: string;
}

export const blockBytes = 512;
const types: Readonly<Record<string, TarEntry['type']>> = { '0': 'file', '\0': 'file', '7': 'file', '5': 'folder', '2': 'symlink', '1': 'hardlink' };
const flags = { file: '0', folder: '5', symlink: '2', hardlink: '1' } as const;

/** Bytes up to the next block. */
export function padding(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

/** Reads a header; `undefined` for the empty block that ends an archive. Throws `internal` where its checksum is wrong. */
export function readHeader(block: Uint8Array): (TarEntry & { readonly flag: string }) | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  if (number(block, 148, 8) !== checksum(block)) throw new NebError('internal', 'the archive from the container is damaged: a checksum is wrong');
  const prefix = text(block, 257, 5) === 'ustar' ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  const flag = String.fromCharCode(block[156] ?? 0);
  const type = types[flag] ?? 'other';
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    type: type === 'file' && name.endsWith('/') ? 'folder' : type,
    mode: number(block, 100, 8) & 0o7777,
    size: number(block, 124, 12),
    modified: number(block, 136, 12),
    target: text(block, 157, 100),
    flag,
  };
}

/** The header of an entry, after a pax header where its names or size do not fit into one. */
export function writeHeader(entry: TarEntry & { readonly type: keyof typeof flags }): Uint8Array {
  const path = entry.type === 'folder' ? `${entry.path}/` : entry.path;
  const long = {
    ...(!fits(path) && { path }),
    ...(!fits(entry.target) && { linkpath: entry.target }),
    ...(entry.size >= 8 ** 11 && { size: String(entry.size) }),
  };
  const header = block(entry, path, flags[entry.type]);
  if (Object.keys(long).length === 0) return header;
  const records = Buffer.concat(Object.entries(long).map(([key, value]) => paxRecord(key, value)));
  const pax = block({ ...entry, mode: 0o644, size: records.length, target: '' }, 'PaxHeader/entry', 'x');
  return Buffer.concat([pax, records, Buffer.alloc(padding(records.length)), header]);
}

/** The `key=value` records of a pax header. */
export function readPax(data: Uint8Array): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (let at = 0; at < data.length; ) {
    const head = /^(\d+) /.exec(Buffer.from(data.subarray(at, at + 20)).toString('latin1'));
    if (!head) break;
    const length = Number(head[1]);
    const [, key = '', value = ''] = /^([^=]+)=([\s\S]*)\n$/.exec(Buffer.from(data.subarray(at + head[0].length, at + length)).toString('utf8')) ?? [];
    found[key] = value;
    at += length;
  }
  return found;
}

function block(entry: TarEntry, path: string, flag: string): Uint8Array {
  const header = Buffer.alloc(blockBytes);
  const octal = (value: number, at: number, length: number): void => void header.write(Math.floor(value).toString(8).padStart(length - 1, '0').slice(-(length - 1)), at, 'latin1');
  header.write(fitted(path), 0, 'utf8');
  octal(entry.mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(entry.size, 124, 12);
  octal(entry.modified, 136, 12);
  header.write(flag, 156, 'latin1');
  header.write(fitted(entry.target), 157, 'utf8');
  header.write('ustar\x0000', 257, 'latin1');
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

const fits = (name: string): boolean => Buffer.byteLength(name) <= 100 && !/[^\x20-\x7e]/.test(name);
const fitted = (name: string): string => (fits(name) ? name : Buffer.from(name).subarray(0, 99).toString('latin1').replaceAll(/[^\x20-\x7e]/g, '_'));

function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  const size = Buffer.byteLength(rest);
  let length = size + String(size).length;
  length = size + String(length).length;
  return Buffer.from(`${length}${rest}`);
}

function checksum(header: Uint8Array): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0);
}

function text(header: Uint8Array, at: number, length: number): string {
  const end = header.indexOf(0, at);
  return Buffer.from(header.subarray(at, end < 0 || end > at + length ? at + length : end)).toString('utf8');
}

/** Octal text, or binary where its first bit is set, as GNU tar writes what octal cannot hold. */
function number(header: Uint8Array, at: number, length: number): number {
  if ((header[at]! & 0x80) === 0) return Number.parseInt(text(header, at, length).trim() || '0', 8);
  return header.subarray(at + 1, at + length).reduce((value, byte) => value * 256 + byte, 0);
}
