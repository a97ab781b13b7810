import { type Kysely, sql } from 'kysely';

/**
 * Row-level security: a transaction that names owners (`neb.owners`) reads and writes what is theirs and nothing else.
 * One that names none is a server's own. No policy binds superusers: a server that connects as one has to work in a
 * role that is none.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

// Each is evaluated once a statement, before any row is looked at.
const owners = `(select nullif(current_setting('neb.owners', true), '')::text[])`;
const everything = `(select coalesce(current_setting('neb.owners', true), '') = '')`;

/** Policies hold within policies: a service account that cannot be seen is not there. Users and names are nobody's own. */
const reach: Readonly<Record<string, string>> = {
  identity_organisations: `name = any (${owners}::text[])`,
  identity_members: `organisation = any (${owners}::text[])`,
  identity_service_accounts: `organisation = any (${owners}::text[])`,
  identity_credentials: `user_id = any (${owners}::text[]) or service_account in (select id from identity_service_accounts)`,
  identity_devices: 'false',
  identity_logins: 'false',
};

const statements = Object.entries(reach).flatMap(([table, rows]) => [
  `alter table ${table} enable row level security`,
  `alter table ${table} force row level security`,
  `create policy identity_wall on ${table} using (${everything} or ${rows})`,
]);
