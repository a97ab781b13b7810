import { pulse } from '../pulse.ts';
import { feedExpired, readCursor } from '../cursors.ts';
import type { FeedEntry } from '../store.ts';

export interface Feed {
  push(entry: Omit<FeedEntry, 'cursor'>): void;
  cursor(): string;
  after(cursor: string | undefined, signal: AbortSignal): AsyncIterable<FeedEntry>;
}

/** The last `keep` changes, numbered from 1. */
export function memoryFeed(keep: number): Feed {
  const moved = pulse();
  let entries: readonly FeedEntry[] = [];
  let last = 0;

  return {
    push(entry) {
      entries = [...(entries.length < 2 * keep ? entries : entries.slice(-keep)), { ...entry, cursor: String(++last) }];
      moved.beat();
    },
    cursor: () => String(last),
    async *after(cursor, signal) {
      let at = cursor === undefined ? last : readCursor(cursor, 1)[0]!;
      while (!signal.aborted) {
        const { beats } = moved;
        const first = last - entries.length + 1;
        if (at < first - 1 || at > last) throw feedExpired();
        for (const entry of entries.slice(at - first + 1)) {
          yield entry;
          if (signal.aborted) return;
          at = Number(entry.cursor);
        }
        await moved.next(beats, signal);
      }
    },
  };
}
