import { open, rename, rm } from 'node:fs/promises';
import { NebError, type RouteFact } from '@neb/core-types';
import { acknowledgedIn, noteOf, readLine, type Segment, segmentsOf } from './journal-files.ts';

/** A place in a journal, between two lines. Opaque to everyone but its reader. */
export type JournalPosition = string & { readonly __position: 'journal' };

export interface FactBatch {
  /** In the order in which they were told. One may come again after a crash, with the same key. */
  readonly facts: readonly RouteFact[];
  /** How many the writer had no room for among these. */
  readonly dropped: number;
  /** Lines that a crash left half written; what they were to tell was never said to be on disk. */
  readonly damaged: number;
  /** Behind all of these. */
  readonly position: JournalPosition;
}

/** Reads what a writer of the same folder has written, in its process or another, while it writes or after it was killed. */
export interface FactReader {
  /** What follows `after`, or what was acknowledged; empty where there is nothing new. At most `limit` facts, 1,000 by default. */
  read(from?: { readonly after?: JournalPosition; readonly limit?: number }): Promise<FactBatch>;
  /** Nothing before `position` is needed any more: it is not read again, and its files go. Repeating it does nothing. */
  acknowledge(position: JournalPosition): Promise<void>;
}

interface Place {
  readonly segment: number;
  readonly offset: number;
}

const chunkBytes = 256 * 1024;
const newline = 0x0a;

export function factReader(folder: string): FactReader {
  return {
    async read({ after, limit = 1_000 } = {}) {
      let place = placeOf(after ?? (await acknowledgedIn(folder)));
      const batch = { facts: [] as RouteFact[], dropped: 0, damaged: 0 };
      // Listed before they are read: whatever has a younger one beside it is written to its end.
      const segments = await segmentsOf(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
      for (const [at, segment] of segments.entries()) {
        if (segment.number < place.segment) continue;
        const isLast = at === segments.length - 1;
        const start = segment.number === place.segment ? place.offset : 0;
        const end = await readSegment(segment, { start, isLast, limit }, batch);
        place = { segment: segment.number, offset: end };
        if (batch.facts.length >= limit) break;
        if (!isLast) place = { segment: segments[at + 1]!.number, offset: 0 };
      }
      return { ...batch, position: positionOf(place) };
    },
    async acknowledge(position) {
      const place = placeOf(position);
      const before = placeOf(await acknowledgedIn(folder));
      if (place.segment < before.segment || (place.segment === before.segment && place.offset <= before.offset)) return;
      const fresh = `${noteOf(folder)}.new`;
      const file = await open(fresh, 'w', 0o600);
      await file.writeFile(position).then(() => file.sync()).finally(() => file.close());
      await rename(fresh, noteOf(folder));
      for (const { number, path } of await segmentsOf(folder)) if (number < place.segment) await rm(path, { force: true });
    },
  };
}

interface Span {
  readonly start: number;
  readonly isLast: boolean;
  readonly limit: number;
}

/** Reads whole lines from `start` on into `batch`; where the last of them ended. */
async function readSegment({ path }: Segment, { start, isLast, limit }: Span, batch: { facts: RouteFact[]; dropped: number; damaged: number }): Promise<number> {
  await using file = await open(path, 'r');
  let offset = start;
  let rest = Buffer.alloc(0);
  for (;;) {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(chunkBytes), position: offset + rest.byteLength });
    const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    let from = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, from)) {
      if (batch.facts.length >= limit) return offset + from;
      note(bytes.toString('utf8', from, end), batch);
      from = end + 1;
    }
    offset += from;
    rest = bytes.subarray(from);
    if (bytesRead > 0) continue;
    // Nobody will write the rest of it.
    if (rest.byteLength > 0 && !isLast) batch.damaged++;
    return offset;
  }
}

function note(line: string, batch: { facts: RouteFact[]; dropped: number; damaged: number }): void {
  const entry = readLine(line);
  if (!entry) batch.damaged++;
  else if ('fact' in entry) batch.facts.push(entry.fact);
  else batch.dropped += entry.dropped;
}

const positionOf = ({ segment, offset }: Place): JournalPosition => `${segment}:${offset}` as JournalPosition;

function placeOf(text: string): Place {
  const [, segment, offset] = /^(\d+):(\d+)$/.exec(text) ?? [];
  if (segment === undefined) throw new NebError('internal', 'the place up to which a journal of facts was read is not readable', { hint: 'Remove the file `acknowledged` of its folder: facts are then read again, with the same keys.' });
  return { segment: Number(segment), offset: Number(offset) };
}
