import { type Kysely, type PostgresPool, type PostgresPoolClient, type RawBuilder, sql } from 'kysely';
import type { View } from '../store.ts';
import { inWords, rowsOf } from './trouble.ts';

/** How a query is run: in a transaction that names a view. */
export type Ask = <Row>(query: RawBuilder<Row>) => Promise<readonly Row[]>;

/** A view as the database takes it: two texts, each an array's literal, and '' for all. */
export interface ViewTexts {
  readonly owners: string;
  readonly namespaces: string;
}

export function viewTexts(view: View | undefined): ViewTexts {
  return { owners: arrayLiteral(view?.owners), namespaces: arrayLiteral(view?.namespaces) };
}

function arrayLiteral(texts: readonly string[] | undefined): string {
  if (!texts) return '';
  return `{${texts.map((text) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

/** Runs queries of one statement each, as far as `view` reaches: everything where there is none. */
export function asking(db: Kysely<unknown>, view: View | undefined): Ask {
  const { owners, namespaces } = viewTexts(view);
  return async (query) => {
    try {
      return await db.transaction().execute(async (transaction) => {
        // How much a policy lets pass is hard to foresee, and statistics may be of a moment when a great write was under way: no plan may rest on either.
        await sql`select neb_view(${owners}, ${namespaces}), set_config('enable_seqscan', 'off', true)`.execute(transaction);
        return (await query.execute(transaction)).rows;
      });
    } catch (error) {
      throw inWords(error, 'unavailable');
    }
  };
}

/** The role that servers work in where they connect as one whom no policy binds. */
const serverRole = 'neb_server';

/**
 * Has the row-level security of a migrated database bind its servers. Policies bind whoever owns the tables, but no
 * superuser: where the connection is one's, answers with the role to take on every connection, with no more rights
 * than a server needs. Repeating it changes nothing. Throws what the database answers where the role cannot be made.
 */
export async function raiseWall(db: Kysely<unknown>): Promise<string | undefined> {
  const [me] = await rowsOf(db, sql<{ free: boolean; role: string }>`select rolsuper or rolbypassrls as free, current_user::text as role from pg_roles where rolname = session_user`);
  if (me?.free !== true) return undefined;
  if (me.role === serverRole) return serverRole;
  await rowsOf(db, sql.raw(`do $$
    begin
      if not exists (select from pg_roles where rolname = '${serverRole}') then create role ${serverRole} nologin; end if;
    -- Of another database on this server, or of a replica that starts at the same moment.
    exception when duplicate_object or unique_violation then null;
    end $$`));
  await rowsOf(db, sql.raw(`do $$
    declare
      name text := quote_ident(current_schema());
    begin
      -- Replicas that start at the same moment would change the same rows of the catalogue.
      perform pg_advisory_xact_lock(hashtext('neb_wall'));
      execute 'grant usage on schema ' || name || ' to ${serverRole}';
      execute 'grant select, insert, update, delete on all tables in schema ' || name || ' to ${serverRole}';
    end $$`));
  return serverRole;
}

/** A pool whose connections work in a role from the moment `role` names one; those opened before change to it when they are next used. */
export function inRole(pool: PostgresPool, role: () => string | undefined): PostgresPool {
  const taken = new WeakMap<PostgresPoolClient, string>();
  return {
    ...(pool.Client && { Client: pool.Client }),
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect();
      const wanted = role();
      if (wanted === undefined || taken.get(client) === wanted) return client;
      try {
        await client.query(`set role ${wanted}`, []);
      } catch (error) {
        client.release(true);
        throw error;
      }
      taken.set(client, wanted);
      return client;
    },
  };
}
