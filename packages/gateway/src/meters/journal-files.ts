import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { RouteFact } from '@neb/core-types';

/** One line of a journal: a fact, or how many could not be written before it. */
export type Entry = { readonly fact: RouteFact } | { readonly dropped: number };

/** A file of a journal; higher numbers are younger. */
export interface Segment {
  readonly number: number;
  readonly path: string;
}

const form = /^(\d{12})\.facts$/;

export function segmentAt(folder: string, number: number): Segment {
  return { number, path: join(folder, `${String(number).padStart(12, '0')}.facts`) };
}

/** Oldest first. */
export async function segmentsOf(folder: string): Promise<readonly Segment[]> {
  const numbers = (await readdir(folder)).flatMap((name) => form.exec(name)?.[1] ?? []).map(Number);
  return numbers.sort((a, b) => a - b).map((number) => segmentAt(folder, number));
}

/** Where a journal's reader notes how far it came. */
export const noteOf = (folder: string): string => join(folder, 'acknowledged');

/** How far the reader of a journal came; the beginning where there is none yet. */
export async function acknowledgedIn(folder: string): Promise<string> {
  return readFile(noteOf(folder), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '0:0';
    throw error;
  });
}

/** What a journal takes on disk. */
export async function sizeOf(folder: string): Promise<number> {
  const sizes = await Promise.all((await segmentsOf(folder)).map(({ path }) => stat(path).then(({ size }) => size, () => 0)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** A line with its checksum, so that what a crash of the machine left half written is not taken for a fact. */
export function writtenLine(entry: Entry): string {
  const text = JSON.stringify('fact' in entry ? entry.fact : entry);
  return `${checksum(text)} ${text}\n`;
}

/** `undefined` for a line that was not written whole. */
export function readLine(line: string): Entry | undefined {
  const text = line.slice(9);
  if (line[8] !== ' ' || line.slice(0, 8) !== checksum(text)) return undefined;
  // Only we wrote what has the right checksum.
  const entry = JSON.parse(text) as RouteFact | { readonly dropped: number };
  return 'dropped' in entry ? entry : { fact: entry };
}

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0');
