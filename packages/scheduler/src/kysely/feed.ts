import { type Clock, type Kind, NebError } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import type { FeedEntry } from '../store.ts';
import type { Signals } from './signals.ts';

interface Position {
  readonly tx: number;
  readonly seq: number;
}

interface ChangeRow extends Position {
  readonly kind: Kind;
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly dropped: boolean;
}

const pageSize = 1_000;
const safetyMs = 30_000;
/** While a transaction elsewhere holds the feed back, nothing rings when it ends. */
const heldBackMs = 200;

/**
 * The change feed. Rows are ordered by the transaction that wrote them, and read only below the oldest one still
 * running: a sequence alone would let a reader pass a row whose transaction commits late.
 * One reader a process serves every follower.
 */
export function changeFeed<T>(db: Kysely<T>, clock: Clock, signals: Signals) {
  let tail: { entries: ChangeRow[]; followers: Set<(rows: readonly ChangeRow[]) => void>; stop: AbortController } | undefined;

  async function now(): Promise<Position> {
    const { rows } = await sql<{ tx: number }>`select pg_snapshot_xmin(pg_current_snapshot())::text::float8 as tx`.execute(db);
    return { tx: rows[0]!.tx, seq: 0 };
  }

  async function after({ tx, seq }: Position): Promise<readonly ChangeRow[]> {
    const { rows } = await sql<ChangeRow>`
      select tx::float8 as tx, seq::float8 as seq, kind, id, namespace, name, dropped from changes
      where (tx, seq) > (${tx}::bigint, ${seq}::bigint) and tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
      order by changes.tx, changes.seq limit ${sql.lit(pageSize)}`.execute(db);
    return rows;
  }

  /** Reads on while anybody follows, and hands each row to all of them. */
  async function readOn(started: NonNullable<typeof tail>, from: Position): Promise<void> {
    let at = from;
    let quick = 0;
    while (!started.stop.signal.aborted) {
      const heard = signals.feed.beats;
      const rows = await after(at).catch(() => []);
      const last = rows.at(-1);
      if (last) {
        at = last;
        for (const follower of started.followers) follower(rows);
      } else {
        quick = (await beatsWithin(heard, quick > 0 ? heldBackMs : safetyMs, started.stop.signal)) ? 3 : Math.max(0, quick - 1);
      }
    }
  }

  async function beatsWithin(since: number, ms: number, signal: AbortSignal): Promise<boolean> {
    const over = new AbortController();
    const either = AbortSignal.any([over.signal, signal]);
    await Promise.race([signals.feed.next(since, either), clock.sleep(ms, either)]);
    over.abort();
    return signals.feed.beats !== since;
  }

  async function follow(tell: (rows: readonly ChangeRow[]) => void): Promise<() => void> {
    if (!tail) {
      tail = { entries: [], followers: new Set(), stop: new AbortController() };
      const started = tail;
      started.followers.add(tell);
      void readOn(started, await now());
    } else tail.followers.add(tell);
    const joined = tail;
    return () => {
      joined.followers.delete(tell);
      if (joined.followers.size > 0) return;
      joined.stop.abort();
      if (tail === joined) tail = undefined;
    };
  }

  return {
    cursor: async () => format(await now()),

    async *changes({ after: cursor, signal }: { readonly after?: string | undefined; readonly signal: AbortSignal }): AsyncGenerator<FeedEntry> {
      const heard: ChangeRow[] = [];
      let wake: (() => void) | undefined;
      let at = cursor === undefined ? await now() : parse(cursor);
      if (cursor !== undefined) await refuseForgotten(at);
      const leave = await follow((rows) => {
        heard.push(...rows);
        wake?.();
      });
      const stop = (): void => wake?.();
      signal.addEventListener('abort', stop, { once: true });
      try {
        // What was written before this follower joined; whatever comes twice is passed over by position.
        for (let rows = await after(at); rows.length > 0 && !signal.aborted; rows = await after(at)) {
          for (const row of rows) yield entry(row);
          at = rows.at(-1)!;
        }
        while (!signal.aborted) {
          for (const row of heard.splice(0)) {
            if (row.tx < at.tx || (row.tx === at.tx && row.seq <= at.seq)) continue;
            at = row;
            yield entry(row);
          }
          if (heard.length === 0 && !signal.aborted) await new Promise<void>((resolve) => { wake = resolve; });
        }
      } finally {
        leave();
        signal.removeEventListener('abort', stop);
      }
    },

    /** Forgets what is older than `keepMs`; those who were away longer start anew. */
    async prune(keepMs: number): Promise<void> {
      await sql`
        with old as (delete from changes where at < now() - ${keepMs} * interval '1 millisecond' returning tx),
             last as (select max(tx) as tx from old)
        insert into settings (name, value) select 'feed_pruned', tx::text from last where tx is not null
        on conflict (name) do update set value = excluded.value`.execute(db);
    },
  };

  async function refuseForgotten(at: Position): Promise<void> {
    const { rows } = await sql<{ value: string }>`select value from settings where name = 'feed_pruned'`.execute(db);
    if (rows[0] && at.tx <= Number(rows[0].value)) throw new NebError('expired', 'the changes since then are no longer kept', { hint: 'List again, and watch from the position of that list.' });
  }
}

function entry(row: ChangeRow): FeedEntry {
  const { kind, id, namespace, name, dropped } = row;
  return { cursor: format(row), kind, id, namespace, name, dropped };
}

const format = ({ tx, seq }: Position): string => `${tx}.${seq}`;

function parse(cursor: string): Position {
  const match = /^(\d+)\.(\d+)$/.exec(cursor);
  if (!match) throw new NebError('invalid', `"${cursor}" is not a position of the change feed`);
  return { tx: Number(match[1]), seq: Number(match[2]) };
}
