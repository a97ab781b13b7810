import { type Kysely, sql } from 'kysely';

/** The ledger, what is added up of it, and what its writer has to remember. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...tables, ...keeping, ...wall]) await sql.raw(statement).execute(db);
}

const tables = [
  // Whoever appends holds this row until its facts are there: positions are in the order of commits, and without gaps.
  `create table billing_head (head boolean primary key check (head), position bigint not null)`,
  `insert into billing_head values (true, 0)`,

  // Where each owner's chain ends.
  `create table billing_chains (owner text primary key, seq bigint not null, hash text not null)`,

  // What used something, as it was then: its id is a hash of all the rest.
  `create table billing_subjects (
    id uuid primary key,
    owner text not null,
    namespace text not null,
    object_kind text not null,
    object_id text not null,
    object_name text not null,
    of_kind text,
    of_name text,
    labels jsonb not null,
    platform text,
    region text,
    accelerator text
  )`,

  `create table billing_facts (
    position bigint primary key,
    owner text not null,
    seq bigint not null,
    hash text not null,
    id text not null unique,
    subject uuid not null,
    namespace text not null,
    kind text not null,
    metric text not null,
    unit text not null,
    currency text not null,
    from_at timestamptz not null,
    to_at timestamptz not null,
    quantity numeric not null,
    amount numeric not null,
    cost numeric not null,
    line text not null,
    unique (owner, seq)
  )`,
  `create index billing_facts_owner_from on billing_facts (owner, from_at)`,
  `create index billing_facts_from on billing_facts (from_at)`,

  // The ledger's sums by day and subject, kept in the transactions that append.
  `create table billing_days (
    day date not null,
    subject uuid not null,
    kind text not null,
    metric text not null,
    unit text not null,
    currency text not null,
    owner text not null,
    namespace text not null,
    facts bigint not null,
    quantity numeric not null,
    amount numeric not null,
    cost numeric not null,
    primary key (day, subject, kind, metric, unit, currency)
  )`,
  `create index billing_days_owner on billing_days (owner, day)`,

  // How far each source was read, committed with the facts that came of it.
  `create table billing_positions (source text primary key, position text not null)`,
  // What each attempt was billed for so far; due_at is when the next period of one that still runs is over.
  `create table billing_runs (key text primary key, container_id text not null, state jsonb not null, due_at timestamptz)`,
  `create index billing_runs_container on billing_runs (container_id)`,
  `create index billing_runs_due on billing_runs (due_at) where due_at is not null`,
];

const keeping = [
  // By mistake nothing is changed or lost; who can alter tables can still forge, and is found by the chain.
  `create function billing_keeps() returns trigger language plpgsql as $$
  begin
    raise exception 'the ledger is append-only';
  end $$`,
  `create trigger billing_facts_kept before update or delete on billing_facts for each row execute function billing_keeps()`,
  `create trigger billing_facts_whole before truncate on billing_facts for each statement execute function billing_keeps()`,
];

/** Row-level security: a transaction that names owners (`neb.owners`) reads what is theirs and nothing else. */
const wall = ['billing_facts', 'billing_days', 'billing_subjects', 'billing_chains'].flatMap((table) => [
  `alter table ${table} enable row level security`,
  `alter table ${table} force row level security`,
  `create policy billing_wall on ${table} using (
    (select coalesce(current_setting('neb.owners', true), '') = '') or owner = any ((select nullif(current_setting('neb.owners', true), '')::text[])::text[]))`,
]);
