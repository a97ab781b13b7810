import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { type Clock, messageOf, type RouteFact } from '@neb/core-types';
import { acknowledgedIn, segmentAt, segmentsOf, sizeOf, writtenLine } from './journal-files.ts';

export interface FactJournalOptions {
  /** Of this writer alone; made if absent. */
  readonly folder: string;
  readonly clock: Clock;
  /** Told once when facts begin to be dropped, and once when they are written again. */
  readonly warn: (message: string) => void;
  /** Told each time that facts have come to be on disk. */
  readonly onKept?: (() => void) | undefined;
  /** How long a fact waits for others to be written with it, in milliseconds; 50 by default. */
  readonly everyMs?: number;
  /** When a new file is begun; 8 MiB by default. */
  readonly segmentBytes?: number;
  /** Most that waits on disk for its reader; 1 GiB by default. */
  readonly limitBytes?: number;
  /** Most that waits in memory for the disk; 16 MiB by default. */
  readonly pendingBytes?: number;
}

/** Facts on disk, in the order in which they were told. */
export interface FactJournal extends AsyncDisposable {
  /** Never waits and never throws. Facts for which there is no room are counted, and the reader is told how many. */
  tell(facts: readonly RouteFact[]): void;
  /** Resolves once all that was told before is on disk, or dropped. A crash after that loses none of it. */
  synced(): Promise<void>;
  /** Facts that were dropped since this writer began. */
  readonly dropped: number;
}

/** Begins a file of its own, whatever an earlier writer left behind. */
export async function factJournal(options: FactJournalOptions): Promise<FactJournal> {
  const { folder, clock, warn, onKept, everyMs = 50, segmentBytes = 8 * 2 ** 20, limitBytes = 2 ** 30, pendingBytes = 16 * 2 ** 20 } = options;
  await mkdir(folder, { recursive: true });
  // Behind what was read too, where its files are gone: nobody would look there again.
  let next = Math.max((await segmentsOf(folder)).at(-1)?.number ?? 0, Number.parseInt(await acknowledgedIn(folder), 10)) + 1;
  let file: { readonly handle: FileHandle; size: number } | undefined;
  let used = await sizeOf(folder);
  let pending: string[] = [];
  let pendingSize = 0;
  let dropped = 0;
  let untold = 0;
  let working: Promise<void> | undefined;
  const hurry = new AbortController();

  function drop(count: number, why: string): void {
    if (untold === 0) warn(`facts of what is counted are dropped: ${why}`);
    dropped += count;
    untold += count;
  }

  async function work(): Promise<void> {
    while (pending.length > 0 || untold > 0) {
      await clock.sleep(everyMs, hurry.signal);
      const isWritten = await writeGroup();
      if (!isWritten && hurry.signal.aborted) return;
      if (pending.length === 0 && !isWritten) return;
    }
  }

  /** False where nothing could be written: what there was is dropped, or waits for the disk. */
  async function writeGroup(): Promise<boolean> {
    const lines = pending;
    const size = pendingSize;
    pending = [];
    pendingSize = 0;
    // Room is made by the reader, in this process or another: only the disk knows.
    if (used + size > limitBytes) used = await sizeOf(folder);
    if (used + size > limitBytes) {
      if (lines.length > 0) drop(lines.length, `${folder} holds ${used} bytes of at most ${limitBytes} that nobody has read yet`);
      await turnOver().catch(() => undefined);
      return false;
    }
    const lost = untold;
    try {
      await append((lost > 0 ? writtenLine({ dropped: lost }) : '') + lines.join(''));
    } catch (error) {
      await file?.handle.close().catch(() => undefined);
      file = undefined;
      pending = [...lines, ...pending];
      pendingSize += size;
      if (pendingSize > pendingBytes) {
        drop(pending.length, messageOf(error));
        pending = [];
        pendingSize = 0;
      }
      return false;
    }
    onKept?.();
    untold -= lost;
    if (lost > 0) warn(`facts of what is counted are written again; ${lost} were dropped`);
    return true;
  }

  async function append(text: string): Promise<void> {
    if (file && file.size >= segmentBytes) await turnOver();
    file ??= await begin();
    const bytes = Buffer.from(text);
    await file.handle.appendFile(bytes);
    await file.handle.datasync();
    file.size += bytes.byteLength;
    used += bytes.byteLength;
  }

  /** Only files that are done with are taken away once they are read. */
  async function turnOver(): Promise<void> {
    if (!file || file.size === 0) return;
    const old = file.handle;
    file = undefined;
    await old.close();
    file = await begin();
  }

  async function begin(): Promise<{ handle: FileHandle; size: number }> {
    const handle = await open(segmentAt(folder, next++).path, 'ax', 0o600);
    // A file whose name is lost is lost with it.
    const parent = await open(folder, 'r');
    await parent.sync().finally(() => parent.close());
    return { handle, size: 0 };
  }

  return {
    tell(facts) {
      for (const fact of facts) {
        const line = writtenLine({ fact });
        if (pendingSize + line.length > pendingBytes) {
          drop(1, 'they come faster than the disk takes them');
          continue;
        }
        pending.push(line);
        pendingSize += line.length;
      }
      working ??= work().finally(() => { working = undefined; });
    },
    async synced() {
      while (working) await working;
    },
    get dropped() { return dropped; },
    async [Symbol.asyncDispose]() {
      hurry.abort();
      while (working) await working;
      await file?.handle.close();
    },
  };
}
