import { type Clock, type Event, newId, type Random, timestamp } from '@neb/core-types';
import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Change, Resource } from '../store.ts';
import { moved } from '../moved.ts';
import { toRow } from './rows.ts';

type Of<D extends Change['do']> = Extract<Change, { do: D }>;

interface Chance {
  readonly clock: Clock;
  readonly random: Random;
}

/** Writes many commits' changes in a handful of statements, one a table. Their versions have been checked. Answers with the seq of what is new. */
export async function writeBatch<T>(db: Kysely<T>, changes: readonly Change[], chance: Chance): Promise<ReadonlyMap<string, number>> {
  const of = <D extends Change['do']>(what: D): Of<D>[] => changes.filter((c): c is Of<D> => c.do === what);
  const put = of('put').map((c) => c.resource);
  const seqs = await insertNew(db, put.filter((r) => r.version === 0));
  await updateKnown(db, put.filter((r) => r.version > 0));
  const dropped = of('drop').map((c) => c.resource);
  await drop(db, dropped.map((r) => r.id));
  await note(db, moved(changes));
  await tell(db, of('tell').map((c) => c.event), chance);
  await archive(db, of('archive'));
  await keepLogs(db, of('keep_log'));
  await wake(db, of('wake'));
  return seqs;
}

async function insertNew<T>(db: Kysely<T>, resources: readonly Resource[]): Promise<ReadonlyMap<string, number>> {
  if (resources.length === 0) return new Map();
  const rows = JSON.stringify(resources.map((r, nth) => ({ ...toRow(r), version: 1, nth })));
  const { rows: made } = await sql<{ id: string; seq: number }>`
    insert into resources (id, kind, namespace, name, owner, owner_ref, labels, version, generation, spec, status, finalizers, created_by, created_at, updated_at, deleted_at, gone_at, word, over_since, queue)
    select id, kind, namespace, name, owner, owner_ref, labels, version, generation, spec, status, finalizers, created_by, created_at, updated_at, deleted_at, gone_at, word, over_since, queue
    from jsonb_to_recordset(${rows}::text::jsonb) as v(id text, kind text, namespace text, name text, owner text, owner_ref text, labels jsonb, version integer, generation integer,
      spec jsonb, status jsonb, finalizers jsonb, created_by text, created_at timestamptz, updated_at timestamptz, deleted_at timestamptz, gone_at timestamptz, word text, over_since timestamptz, queue text, nth integer)
    order by nth
    returning id, seq::float8 as seq`.execute(db);
  return new Map(made.map((row) => [row.id, row.seq]));
}

async function updateKnown<T>(db: Kysely<T>, resources: readonly Resource[]): Promise<void> {
  if (resources.length === 0) return;
  // Of several writes of one object in a batch, the last stands for all.
  const last = new Map(resources.map((r) => [r.id, r]));
  const rows = JSON.stringify([...last.values()].map((r) => ({ ...toRow(r), version: r.version + 1 })));
  await sql`
    update resources r set owner = v.owner, owner_ref = v.owner_ref, labels = v.labels, version = v.version, generation = v.generation, spec = v.spec, status = v.status,
      finalizers = v.finalizers, updated_at = v.updated_at, deleted_at = v.deleted_at, gone_at = v.gone_at, word = v.word, over_since = v.over_since, queue = v.queue
    from jsonb_to_recordset(${rows}::text::jsonb) as v(id text, owner text, owner_ref text, labels jsonb, version integer, generation integer,
      spec jsonb, status jsonb, finalizers jsonb, updated_at timestamptz, deleted_at timestamptz, gone_at timestamptz, word text, over_since timestamptz, queue text)
    where r.id = v.id`.execute(db);
}

async function drop<T>(db: Kysely<T>, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  for (const [table, column] of [['resources', 'id'], ['attempts', 'container_id'], ['kept_logs', 'container_id'], ['events', 'object_id'], ['secrets', 'id'], ['work', 'key']] as const) {
    await sql`delete from ${sql.table(table)} where ${sql.ref(column)} = any(${ids}::text[])`.execute(db);
  }
}

async function note<T>(db: Kysely<T>, entries: readonly object[]): Promise<void> {
  if (entries.length === 0) return;
  await sql`
    insert into changes (kind, id, namespace, name, dropped)
    select kind, id, namespace, name, dropped from jsonb_to_recordset(${JSON.stringify(entries)}::text::jsonb) as v(kind text, id text, namespace text, name text, dropped boolean)`.execute(db);
}

async function tell<T>(db: Kysely<T>, news: readonly Pick<Event, 'type' | 'reason' | 'message' | 'object'>[], { clock, random }: Chance): Promise<void> {
  if (news.length === 0) return;
  const folded = new Map<string, Record<string, unknown>>();
  const now = timestamp(clock.now());
  for (const { type, reason, message, object } of news) {
    const fold = createHash('sha256').update(`${reason}\0${message}`).digest('base64url');
    const key = `${object.id}/${fold}`;
    const count = Number(folded.get(key)?.['count'] ?? 0) + 1;
    folded.set(key, { id: newId(random), type, reason, message, kind: object.kind, namespace: object.namespace, name: object.name, object_id: object.id, fold, count, at: now });
  }
  await sql`
    insert into events (id, type, reason, message, kind, namespace, name, object_id, fold, count, first_at, last_at)
    select id, type, reason, message, kind, namespace, name, object_id, fold, count, at, at
    from jsonb_to_recordset(${JSON.stringify([...folded.values()])}::text::jsonb) as v(id text, type text, reason text, message text, kind text, namespace text, name text, object_id text, fold text, count integer, at timestamptz)
    on conflict (object_id, fold) do update set count = events.count + excluded.count, last_at = excluded.last_at, type = excluded.type`.execute(db);
}

async function archive<T>(db: Kysely<T>, ended: readonly Of<'archive'>[]): Promise<void> {
  if (ended.length === 0) return;
  const rows = JSON.stringify(ended.map(({ containerId, attempt }) => ({ container_id: containerId, number: attempt.number, attempt })));
  await sql`
    insert into attempts (container_id, number, attempt)
    select container_id, number, attempt from jsonb_to_recordset(${rows}::text::jsonb) as v(container_id text, number integer, attempt jsonb)
    on conflict do nothing`.execute(db);
}

async function keepLogs<T>(db: Kysely<T>, kept: readonly Of<'keep_log'>[]): Promise<void> {
  if (kept.length === 0) return;
  const last = new Map(kept.map(({ containerId, attempt, lines }) => [`${containerId}/${attempt}`, { container_id: containerId, attempt, lines: lines.map(withoutNul) }]));
  await sql`
    insert into kept_logs (container_id, attempt, lines)
    select container_id, attempt, lines from jsonb_to_recordset(${JSON.stringify([...last.values()])}::text::jsonb) as v(container_id text, attempt integer, lines jsonb)
    on conflict (container_id, attempt) do update set lines = excluded.lines`.execute(db);
}

/** PostgreSQL's text holds no NUL; a program's output may. */
function withoutNul<L extends { readonly text: string }>(line: L): L {
  return { ...line, text: line.text.replaceAll('\0', '\u{FFFD}') };
}

async function wake<T>(db: Kysely<T>, asked: readonly Of<'wake'>[]): Promise<void> {
  if (asked.length === 0) return;
  const soonest = new Map<string, { kind: string; key: string; ms: number }>();
  for (const { kind, id, afterMs = 0 } of asked) {
    const at = `${kind}/${id}`;
    soonest.set(at, { kind, key: id, ms: Math.min(afterMs, soonest.get(at)?.ms ?? Infinity) });
  }
  // In one order everywhere, so that two writers never wait for each other in a circle.
  const rows = JSON.stringify([...soonest.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1)));
  await sql`
    insert into work (kind, key, due_at)
    select kind, key, now() + ms * interval '1 millisecond' from jsonb_to_recordset(${rows}::text::jsonb) as v(kind text, key text, ms float8)
    on conflict (kind, key) do update set due_at = least(work.due_at, excluded.due_at)`.execute(db);
}
