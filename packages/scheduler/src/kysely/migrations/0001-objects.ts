import { type Kysely, sql } from 'kysely';

/** One table for every kind; what is beside it is either a queue, history, or secret. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table settings (name text primary key, value text not null)`,

  `create table resources (
    id text primary key,
    kind text not null,
    namespace text not null,
    name text not null,
    owner text not null,
    owner_ref text,
    labels jsonb not null,
    seq bigint not null generated always as identity,
    version integer not null,
    generation integer not null,
    spec jsonb not null,
    status jsonb not null,
    finalizers jsonb not null,
    created_by text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    gone_at timestamptz,
    word text not null,
    over_since timestamptz,
    queue text,
    living text
  ) with (fillfactor = 60)`,
  // No index holds what changes while an object lives (its status, its word): such writes then touch no index at all.
  // Alone, so that a plan made while the table was small can choose no other.
  `create unique index resources_living on resources (living)`,
  `create index resources_gone_name on resources (kind, namespace, name, gone_at) where gone_at is not null`,
  `create index resources_live on resources (kind, seq) where gone_at is null`,
  `create index resources_live_in on resources (kind, namespace, seq) where gone_at is null`,
  `create index resources_all on resources (kind, seq)`,
  `create index resources_queue on resources (namespace, queue, seq) where queue is not null and over_since is null`,
  `create index resources_over on resources (kind, over_since) where over_since is not null`,

  `create table work (
    id text primary key,
    kind text not null,
    key text not null,
    due_at timestamptz not null,
    failures integer not null default 0,
    token text,
    lease_until timestamptz,
    ready_at timestamptz not null
  )`,
  `create index work_ready on work (kind, ready_at)`,

  `create table changes (
    tx bigint not null,
    seq bigint not null generated always as identity,
    at timestamptz not null default now(),
    kind text not null,
    id text not null,
    namespace text not null,
    name text not null,
    dropped boolean not null,
    primary key (tx, seq)
  )`,

  `create table events (
    id text primary key,
    seq bigint not null generated always as identity,
    type text not null,
    reason text not null,
    message text not null,
    kind text not null,
    namespace text not null,
    name text not null,
    object_id text not null,
    fold text not null,
    count integer not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    unique (object_id, fold)
  )`,
  `create index events_last on events (last_at, seq)`,
  `create index events_in_namespace on events (namespace, last_at, seq)`,

  `create table attempts (
    container_id text not null,
    number integer not null,
    attempt jsonb not null,
    primary key (container_id, number)
  )`,
  `create table kept_logs (
    container_id text not null,
    attempt integer not null,
    lines jsonb not null,
    primary key (container_id, attempt)
  )`,

  `create table secrets (id text primary key, sealed text not null)`,
  `create table data_keys (namespace text primary key, wrapped text not null)`,
];
