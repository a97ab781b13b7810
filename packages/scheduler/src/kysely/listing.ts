import { type ContainerRow, type Event, type Kind, type Page, type Requirement, timestamp } from '@neb/core-types';
import { sql } from 'kysely';
import { mostRows, pageSize, readCursor } from '../cursors.ts';
import type { EventQuery, ListQuery, Resource, View } from '../store.ts';
import { type Clause, ordered } from './ordered.ts';
import { fromRow, resourceColumns, type ResourceRow } from './rows.ts';
import type { Ask } from './wall.ts';

/** How to ask, and for whom. */
export interface Asking {
  readonly ask: Ask;
  readonly view?: View | undefined;
}

const all = (clauses: readonly Clause[]): Clause => (clauses.length === 0 ? sql`true` : sql.join(clauses, sql` and `));

/** A page of resources in order of creation. */
export async function listResources<K extends Kind>({ ask, view }: Asking, query: ListQuery<K>): Promise<Page<Resource<K>>> {
  const limit = pageSize(query.limit);
  const rows = await ask<ResourceRow>(ordered({ table: 'resources', columns: sql.raw(resourceColumns), where: matching(query), order: sql`resources.seq`, limit: limit + 1 }, whose(query, view)));
  const items = rows.slice(0, limit).map((row) => fromRow<K>(row));
  return rows.length > limit ? { items, next: String(items.at(-1)!.seq) } : { items };
}

type RowStatus = ContainerRow['status'];

/** The fields of a row's status as columns of their own: building one JSON value of them takes the database three times as long. */
const statusColumns = {
  status: "status->>'status'",
  ready: "(status->>'ready')::boolean",
  progress: "status->'progress'",
  platform: "status->>'platform'",
  accelerator: "status->>'accelerator'",
  cost_per_hr: "status->>'cost_per_hr'",
  exit_code: "(status->>'exit_code')::integer",
  restart_count: "(status->>'restart_count')::integer",
} satisfies Readonly<Record<keyof RowStatus, string>>;
const statusFields = Object.keys(statusColumns) as readonly (keyof RowStatus)[];
const statusSql = sql.raw(Object.entries(statusColumns).map(([field, column]) => `${column} as ${field}`).join(', '));

type BriefRow = Pick<ResourceRow, 'id' | 'namespace' | 'name' | 'owner' | 'labels' | 'seq'> & { readonly [F in keyof RowStatus]: RowStatus[F] | null } & {
  readonly created_ms: number;
  readonly deleted_ms: number | null;
  readonly wanted_platform: string | null;
  readonly wanted_accelerators: NonNullable<ContainerRow['accelerators']> | null;
};

/** A page of containers' rows: the database leaves out the rest, so that nobody has to carry it. */
export async function listContainerRows({ ask, view }: Asking, query: Omit<ListQuery, 'kind'>): Promise<Page<ContainerRow>> {
  const limit = pageSize(query.limit, mostRows);
  const columns = sql`id, namespace, name, owner, labels, seq::float8 as seq, (extract(epoch from created_at) * 1000)::float8 as created_ms,
    (extract(epoch from deleted_at) * 1000)::float8 as deleted_ms, spec->>'platform' as wanted_platform, spec->'accelerators' as wanted_accelerators, ${statusSql}`;
  const rows = await ask<BriefRow>(ordered({ table: 'resources', columns, where: matching({ ...query, kind: 'Container' }), order: sql`resources.seq`, limit: limit + 1 }, whose(query, view)));
  const items = rows.slice(0, limit).map(fromBriefRow);
  return rows.length > limit ? { items, next: String(rows[limit - 1]!.seq) } : { items };
}

function fromBriefRow(row: BriefRow): ContainerRow {
  const { id, namespace, name, owner, labels, created_ms: createdMs, deleted_ms: deletedMs, wanted_platform: platform, wanted_accelerators: accelerators } = row;
  const status: Partial<Record<keyof RowStatus, unknown>> = {};
  for (const field of statusFields) if (row[field] !== null) status[field] = row[field];
  return {
    metadata: { name, namespace, id, owner, labels, created_at: timestamp(createdMs), ...(deletedMs !== null && { deleted_at: timestamp(deletedMs) }) },
    ...(platform !== null && { platform }),
    ...(accelerators !== null && { accelerators }),
    status: status as RowStatus,
  };
}

function matching(query: ListQuery): Clause {
  const where: Clause[] = [sql`kind = ${query.kind}`];
  if (!query.gone) where.push(sql`gone_at is null`);
  if (query.namespace !== undefined) where.push(sql`namespace = ${query.namespace}`);
  if (query.queue !== undefined) where.push(sql`queue = ${query.queue}`);
  if (query.statuses !== undefined) where.push(sql`word = any(${query.statuses}::text[])`);
  if (query.cursor !== undefined) where.push(sql`seq > ${readCursor(query.cursor, 1)[0]!}::bigint`);
  return all([...where, ...(query.labels ?? []).map(labelled)]);
}

function labelled(requirement: Requirement): Clause {
  const { key } = requirement;
  switch (requirement.op) {
    case 'exists': return sql`labels ->> ${key}::text is not null`;
    case 'absent': return sql`labels ->> ${key}::text is null`;
    case 'in':
      return requirement.values.length === 1
        ? sql`labels @> ${JSON.stringify({ [key]: requirement.values[0] })}::text::jsonb`
        : sql`labels ->> ${key}::text = any(${requirement.values}::text[])`;
    case 'not_in': return sql`(labels ->> ${key}::text is null or labels ->> ${key}::text <> all(${requirement.values}::text[]))`;
  }
}

interface EventRow {
  readonly id: string;
  readonly seq: number;
  readonly type: 'normal' | 'warning';
  readonly reason: string;
  readonly message: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly object_id: string;
  readonly count: number;
  readonly first_at: Date;
  readonly last_at: Date;
}

/** A page of events, the newest first. */
export async function listEvents({ ask, view }: Asking, query: EventQuery): Promise<Page<Event>> {
  const limit = pageSize(query.limit);
  const where: Clause[] = [];
  if (query.namespace !== undefined) where.push(sql`namespace = ${query.namespace}`);
  if (query.objectId !== undefined) where.push(sql`object_id = ${query.objectId}`);
  if (query.since !== undefined) where.push(sql`last_at >= ${query.since}::timestamptz`);
  if (query.cursor !== undefined) {
    const [ms, seq] = readCursor(query.cursor, 2);
    where.push(sql`(last_at, seq) < (${timestamp(ms!)}::timestamptz, ${seq!}::bigint)`);
  }
  const columns = sql`id, seq::float8 as seq, type, reason, message, kind, namespace, name, object_id, count, first_at, last_at`;
  const rows = await ask<EventRow>(ordered({ table: 'events', columns, where: all(where), order: sql`last_at desc, events.seq desc`, limit: limit + 1 }, query.objectId === undefined ? whose(query, view) : undefined));
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const items = shown.map(fromEventRow);
  return last && rows.length > limit ? { items, next: `${last.last_at.getTime()}.${last.seq}` } : { items };
}

function fromEventRow(row: EventRow): Event {
  return {
    id: row.id,
    type: row.type,
    reason: row.reason,
    message: row.message,
    object: { kind: row.kind, namespace: row.namespace, name: row.name, id: row.object_id },
    count: row.count,
    first_at: row.first_at.toISOString(),
    last_at: row.last_at.toISOString(),
  };
}

/** Whose rows to look for, where nothing narrower leads to them. */
function whose({ namespace }: { readonly namespace?: string | undefined }, view: View | undefined): readonly string[] | undefined {
  return namespace === undefined ? view?.owners : undefined;
}
