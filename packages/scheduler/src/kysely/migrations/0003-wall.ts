import { type Kysely, sql } from 'kysely';
import { functions } from './0002-write.ts';

/**
 * Row-level security: a transaction that names a view (`neb.owners`, `neb.namespaces`) reads
 * and writes what is within it and nothing else. One that names neither is a server's own. No policy binds
 * superusers, so `raiseWall` has a server work in a role that is none.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...columns, ...functions, ...policies]) await sql.raw(statement).execute(db);
}

const columns = [
  `drop function if exists neb_read(text[])`,
  `alter table changes add column owner text`,
  `alter table events add column owner text`,
  `update changes set owner = r.owner from resources r where r.id = changes.id`,
  `update events set owner = r.owner from resources r where r.id = events.object_id`,
  `create index resources_owned on resources (kind, owner, seq) where gone_at is null`,
  `create index events_owned on events (owner, last_at, seq)`,
];

/**
 * Each is evaluated once a statement, before any row is looked at. That everything may be seen stands first in every
 * policy for the planner's sake: without it, it takes a server's own queries to find next to nothing.
 */
const given = (setting: string): string => `(select nullif(current_setting('${setting}', true), '')::text[])`;
const everything = `(select coalesce(current_setting('neb.owners', true), '') = '' and coalesce(current_setting('neb.namespaces', true), '') = '')`;
const [owners, namespaces] = [given('neb.owners'), given('neb.namespaces')];

const within = `((${owners} is null or owner = any (${owners}::text[]))
  and (${namespaces} is null or (case when kind = 'Namespace' then name else namespace end) = any (${namespaces}::text[])))`;
/** Policies hold within policies: what cannot be seen is not there. */
const ofVisible = (id: string): string => `exists (select from resources as r where r.id = ${id})`;

const reach: Readonly<Record<string, string>> = {
  resources: within,
  changes: within,
  events: within,
  attempts: ofVisible('container_id'),
  kept_logs: ofVisible('container_id'),
  secrets: ofVisible('secrets.id'),
  data_keys: `exists (select from resources as r where r.living = 'Namespace//' || data_keys.namespace)`,
  work: 'false',
};

const policies = Object.entries(reach).flatMap(([table, rows]) => [
  `alter table ${table} enable row level security`,
  `alter table ${table} force row level security`,
  `create policy neb_wall on ${table} using (${everything} or ${rows})`,
]);
