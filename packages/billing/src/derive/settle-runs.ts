import { inDatabaseWords, type SeenRun, timestamp } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import { appendIn } from '../ledger/append.ts';
import { deriveRun, type Periods } from './run-facts.ts';
import { newRun, type RunState } from './run-state.ts';

export interface Sights {
  readonly runs: readonly SeenRun[];
  /** Containers of which all that is still to come is among these runs: what else is kept of them waits for nothing. */
  readonly containerIds: readonly string[];
  /** How far the feed was read for them; kept where absent. */
  readonly position?: string | undefined;
}

/** The name under which the feed of runs keeps its place. */
const source = 'runs';

/**
 * Writes what sights of runs add to the ledger, what each run is then in it for, and the place in the feed, in one
 * transaction: after a crash all of it is there or none, and looking again changes nothing. Answers how many facts are new.
 */
export async function settleRuns(db: Kysely<unknown>, { runs, containerIds, position }: Sights, at: Periods & { readonly nowMs: number }): Promise<number> {
  return await inDatabaseWords('uncertain', () => db.transaction().execute(async (inside) => {
    // One after the other, as of what was known then: of two that look at once, one finds nothing left to do.
    await sql`select position from billing_head for update`.execute(inside);
    const { rows } = await sql<{ key: string; state: RunState }>`select key, state from billing_runs where container_id = any(${[...containerIds]}::text[])`.execute(inside);
    const known = new Map(rows.map(({ key, state }) => [key, state]));
    // Another may have written a newer sight meanwhile: an older one alters nothing, not even when to look again.
    const fresh = runs.filter(({ key, version }) => isNews(version, known.get(key)));
    const derived = fresh.map((seen) => ({ seen, ...deriveRun(seen, known.get(seen.key) ?? newRun, at) }));
    const kept = derived.map(({ seen: { key, object, owner, namespace, of }, state, dueMs }) => ({
      key, container_id: object.id, owner, namespace, of_kind: of?.kind ?? null, of_name: of?.name ?? null, state, due_at: dueMs === undefined ? null : timestamp(dueMs),
    }));
    const seen = new Set(runs.map(({ key }) => key));
    const lost = rows.filter(({ key, state }) => !seen.has(key) && !state.over).map(({ key }) => key);
    const { added } = await appendIn(inside, derived.flatMap(({ facts }) => facts));
    if (kept.length > 0) {
      await sql`
        insert into billing_runs (key, container_id, owner, namespace, of_kind, of_name, state, due_at)
        select * from json_to_recordset(${JSON.stringify(kept)}::text::json) as r(key text, container_id text, owner text, namespace text, of_kind text, of_name text, state jsonb, due_at timestamptz)
        on conflict (key) do update set owner = excluded.owner, namespace = excluded.namespace, of_kind = excluded.of_kind, of_name = excluded.of_name, state = excluded.state, due_at = excluded.due_at`.execute(inside);
    }
    // Forgotten with its container before its end was seen: nothing more is known of it.
    if (lost.length > 0) await sql`update billing_runs set due_at = null where key = any(${lost}::text[])`.execute(inside);
    if (position !== undefined) await sql`insert into billing_positions (source, position) values (${source}, ${position}) on conflict (source) do update set position = excluded.position`.execute(inside);
    return added;
  }));
}

function isNews(version: number, state: RunState | undefined): boolean {
  return state === undefined || (!state.over && version >= state.version);
}

/** Where the feed of runs was read to; `undefined` before the first time. */
export async function runsPosition(db: Kysely<unknown>): Promise<string | undefined> {
  const { rows: [row] } = await inDatabaseWords('unavailable', () => sql<{ position: string }>`select position from billing_positions where source = ${source}`.execute(db));
  return row?.position;
}

/** Containers with a run of which a period can be written now, at most 1,000, and when the next one can. */
export async function dueRuns(db: Kysely<unknown>, nowMs: number): Promise<{ readonly containerIds: readonly string[]; readonly nextMs: number | undefined }> {
  return await inDatabaseWords('unavailable', async () => {
    const { rows } = await sql<{ container_id: string }>`select distinct container_id from billing_runs where due_at <= ${timestamp(nowMs)}::timestamptz limit 1000`.execute(db);
    const { rows: [next] } = await sql<{ ms: number | null }>`select (extract(epoch from min(due_at)) * 1000)::float8 as ms from billing_runs where due_at > ${timestamp(nowMs)}::timestamptz`.execute(db);
    return { containerIds: rows.map(({ container_id: id }) => id), nextMs: next?.ms ?? undefined };
  });
}
