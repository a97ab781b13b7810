import { type Kysely, sql } from 'kysely';
import { rowsOf } from './trouble.ts';

/** What is kept for those who come late. */
export interface Keep {
  /** How far back the change feed reaches; an hour by default. */
  readonly changesMs?: number | undefined;
  /** How many changes it holds at most; 200,000 by default. */
  readonly changes?: number | undefined;
  /** How long an event is kept after it last happened; 7 days by default. */
  readonly eventsMs?: number | undefined;
}

/** So that no statement holds its locks for long. */
const portion = 5_000;

/** Forgets changes and events that are older than is kept, a portion at a time. Answers how many rows went. */
export async function tidy(db: Kysely<unknown>, { changesMs = 3_600_000, changes = 200_000, eventsMs = 7 * 86_400_000 }: Keep = {}): Promise<number> {
  return (await portions(() => pruneChanges(db, changesMs, changes))) + (await portions(() => pruneEvents(db, eventsMs)));
}

async function portions(forget: () => Promise<number>): Promise<number> {
  let all = 0;
  for (;;) {
    const count = await forget();
    all += count;
    if (count < portion) return all;
  }
}

/** From the oldest on; `feed_pruned` is the last transaction of which something is missing. */
async function pruneChanges(db: Kysely<unknown>, keepMs: number, keep: number): Promise<number> {
  const [row] = await rowsOf(db, sql<{ count: number }>`
    with oldest as (select tx, seq, at from changes order by tx, seq limit ${sql.lit(portion)}),
      past as (select tx, seq from oldest
        where at < now() - ${keepMs} * interval '1 millisecond' or seq <= (select seq from changes order by tx desc, seq desc limit 1) - ${keep}),
      gone as (delete from changes using past where changes.tx = past.tx and changes.seq = past.seq returning changes.tx),
      noted as (insert into settings (name, value) select 'feed_pruned', max(tx)::text from gone having count(*) > 0
        on conflict (name) do update set value = greatest(settings.value::bigint, excluded.value::bigint)::text)
    select count(*)::float8 as count from gone`);
  return row!.count;
}

async function pruneEvents(db: Kysely<unknown>, keepMs: number): Promise<number> {
  const [row] = await rowsOf(db, sql<{ count: number }>`
    with past as (select id from events where last_at < now() - ${keepMs} * interval '1 millisecond' order by last_at limit ${sql.lit(portion)}),
      gone as (delete from events using past where events.id = past.id returning 1)
    select count(*)::float8 as count from gone`);
  return row!.count;
}
