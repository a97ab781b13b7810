import type { Clock } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import { feedExpired } from '../cursors.ts';
import { pulse } from '../pulse.ts';
import type { FeedEntry } from '../store.ts';
import { type ChangeRow, compare, entry, format, parse, type Position } from './feed-position.ts';
import type { Signals } from './signals.ts';
import { rowsOf } from './trouble.ts';

export interface Feed {
  /** A position that stands for now. */
  cursor(): Promise<string>;
  /** See `Store.changes`. */
  changes(options: { readonly after?: string | undefined; readonly signal: AbortSignal }): AsyncGenerator<FeedEntry, void>;
}

const pageSize = 1_000;
/** How many changes are kept in memory for those who follow. */
const tailSize = 4_000;
/** How often the feed is read although nobody says that it has moved. */
const safetyMs = 30_000;
/** While a transaction elsewhere holds the feed back nobody says when it ends. */
const heldBackMs = { first: 2, most: 1_000 };
const troubleMs = 1_000;

/** The newest changes, those after `from` up to `to`; grows while anybody follows. */
interface Tail {
  from: Position;
  to: Position;
  rows: readonly ChangeRow[];
}

/** Lives as long as anybody follows. */
interface Reader {
  readonly tail: Promise<Tail>;
  followers: number;
  readonly stop: AbortController;
}

/**
 * The change feed. Rows are ordered by the transaction that wrote them, and read only below the oldest one still
 * running: a sequence alone would let a reader pass by a row whose transaction commits late.
 * One reader serves every follower of this process; only who is far behind reads for itself.
 */
export function changeFeed(db: Kysely<unknown>, clock: Clock, signals: Signals): Feed {
  const moved = pulse();
  let reader: Reader | undefined;

  async function now(): Promise<Position> {
    const [row] = await rowsOf(db, sql<{ tx: number }>`select pg_snapshot_xmin(pg_current_snapshot())::text::float8 as tx`);
    return { tx: row!.tx, seq: 0 };
  }

  /** What can be read after a position; `held` if there is more that may not be read yet. */
  async function read({ tx, seq }: Position): Promise<{ readonly rows: readonly ChangeRow[]; readonly held: boolean }> {
    const all = await rowsOf(db, sql<ChangeRow & { settled: boolean }>`/*neb_feed*/
      select tx::float8 as tx, seq::float8 as seq, kind, id, namespace, name, dropped, owner, tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint as settled from changes
      where (tx, seq) > (${tx}::bigint, ${seq}::bigint) order by changes.tx, changes.seq limit ${sql.lit(pageSize)}`);
    const rows = all.filter(({ settled }) => settled);
    return { rows, held: rows.length < all.length };
  }

  /** Throws `expired` where what came after a position has been forgotten, or the position is of another database's life. */
  async function checkKept({ tx }: Position): Promise<void> {
    const [row] = await rowsOf(db, sql<{ pruned: number | null; end: number }>`
      select (select value from settings where name = 'feed_pruned')::float8 as pruned, pg_snapshot_xmax(pg_current_snapshot())::text::float8 as "end"`);
    if (tx <= (row!.pruned ?? -1) || tx > row!.end) throw feedExpired();
  }

  function join(): Reader {
    const stop = new AbortController();
    reader ??= { tail: begin(stop.signal), followers: 0, stop };
    reader.followers++;
    return reader;
  }

  function leave(left: Reader): void {
    if (--left.followers > 0) return;
    left.stop.abort();
    if (reader === left) reader = undefined;
  }

  async function begin(signal: AbortSignal): Promise<Tail> {
    const from = await now();
    const tail: Tail = { from, to: from, rows: [] };
    void grow(tail, signal);
    return tail;
  }

  async function grow(mine: Tail, signal: AbortSignal): Promise<void> {
    const news = signals.on('feed');
    let waitMs = heldBackMs.first;
    while (!signal.aborted) {
      const { beats } = news;
      const got = await read(mine.to).catch(() => undefined);
      if (got && got.rows.length > 0) {
        const rows = [...mine.rows, ...got.rows];
        const excess = Math.max(0, rows.length - tailSize);
        if (excess > 0) mine.from = rows[excess - 1]!;
        mine.rows = excess > 0 ? rows.slice(excess) : rows;
        mine.to = rows.at(-1)!;
        moved.beat();
        waitMs = heldBackMs.first;
        continue;
      }
      waitMs = got?.held ? Math.min(waitMs * 2, heldBackMs.most) : heldBackMs.first;
      await newsWithin(got ? (got.held ? waitMs : safetyMs) : troubleMs, beats, signal);
    }
  }

  async function newsWithin(ms: number, since: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const either = AbortSignal.any([over.signal, signal]);
    await Promise.race([signals.on('feed').next(since, either), clock.sleep(ms, either)]);
    over.abort();
  }

  return {
    cursor: async () => format(await now()),

    async *changes({ after, signal }) {
      if (signal.aborted) return;
      let at = after === undefined ? undefined : parse(after);
      if (at) await checkKept(at);
      const joined = join();
      try {
        const shared = await joined.tail;
        at ??= shared.to;
        while (!signal.aborted) {
          const { beats } = moved;
          const behind = compare(at, shared.from) < 0;
          const rows: readonly ChangeRow[] = behind ? await behindPage(at) : shared.rows.slice(firstAfter(shared.rows, at));
          for (const row of rows) {
            yield entry(row);
            if (signal.aborted) return;
            at = row;
          }
          if (behind && rows.length === 0) at = shared.from;
          else if (rows.length === 0) await moved.next(beats, signal);
        }
      } finally {
        leave(joined);
      }
    },
  };

  /** The next page of one who is further behind than the tail reaches; empty once there is nothing before the tail. */
  async function behindPage(at: Position): Promise<readonly ChangeRow[]> {
    const { rows } = await read(at);
    await checkKept(at);
    return rows;
  }
}

/** Where in rows that are in order those after `at` begin. */
function firstAfter(rows: readonly ChangeRow[], at: Position): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(rows[middle]!, at) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}
