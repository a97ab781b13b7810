import { origin } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';

/** Makes the log's tables, beside whatever else the database holds. Any number of processes may call it at once. */
export async function migrateAudit(db: Kysely<unknown>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ '0001-audit': { up: run(tables) }, '0002-wall': { up: run(wall) } }) },
    migrationTableName: 'audit_migrations',
    migrationLockTableName: 'audit_migrations_lock',
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error as Error;
}

const run = (statements: readonly string[]) => async (db: Kysely<unknown>): Promise<void> => {
  for (const statement of statements) await sql.raw(statement).execute(db);
};

const tables = [
  `create table audit (
    seq bigint primary key,
    hash text not null,
    line text not null,
    at timestamptz not null,
    who text not null,
    owner text,
    namespace text,
    outcome text not null
  )`,
  `create index audit_owner on audit (owner, seq)`,
  `create index audit_at on audit (at)`,

  // Two rows: where the kept chain begins, and where it ends. Who appends holds the second until its records are there.
  `create table audit_ends (which text primary key, seq bigint not null, hash text not null)`,
  `insert into audit_ends values ('first', ${origin.seq}, '${origin.hash}'), ('last', ${origin.seq}, '${origin.hash}')`,

  `create function audit_append(records jsonb) returns void language plpgsql as $$
  declare
    last record;
    item jsonb;
  begin
    select seq, hash into last from audit_ends where which = 'last' for update;
    for item in select value from jsonb_array_elements(records) loop
      last.hash := encode(sha256(convert_to(last.hash || E'\\n' || (last.seq + 1) || E'\\n' || (item->>'line'), 'UTF8')), 'hex');
      last.seq := last.seq + 1;
      insert into audit values (last.seq, last.hash, item->>'line', (item->>'at')::timestamptz, item->>'who', item->>'owner', item->>'namespace', item->>'outcome');
    end loop;
    update audit_ends set seq = last.seq, hash = last.hash where which = 'last';
  end $$`,

  // By mistake nothing is changed or lost; who can alter tables can still forge, and is found by the chain.
  `create function audit_keeps() returns trigger language plpgsql as $$
  begin
    if current_setting('neb.audit_prunes', true) = 'yes' then return old; end if;
    raise exception 'the audit log is append-only';
  end $$`,
  `create trigger audit_kept before update or delete on audit for each row execute function audit_keeps()`,
  `create trigger audit_whole before truncate on audit for each statement execute function audit_keeps()`,

  `create function audit_prune(before timestamptz) returns bigint language plpgsql as $$
  declare
    edge record;
    pruned bigint;
  begin
    -- The first that stays is the first of its time: records may be a little out of the order of their times.
    select seq - 1 as seq into edge from audit where at >= before order by seq limit 1;
    if not found then select seq into edge from audit_ends where which = 'last'; end if;
    if not exists (select from audit where seq <= edge.seq) then return 0; end if;
    perform set_config('neb.audit_prunes', 'yes', true);
    update audit_ends set seq = edge.seq, hash = (select hash from audit where seq = edge.seq) where which = 'first';
    delete from audit where seq <= edge.seq;
    get diagnostics pruned = row_count;
    perform set_config('neb.audit_prunes', '', true);
    return pruned;
  end $$`,
];

/** Row-level security: a transaction that names owners (`neb.owners`) reads what concerns them and nothing else. */
const wall = [
  `alter table audit enable row level security`,
  `alter table audit force row level security`,
  `create policy audit_wall on audit using (
    (select coalesce(current_setting('neb.owners', true), '') = '') or owner = any ((select nullif(current_setting('neb.owners', true), '')::text[])::text[]))`,
];
