import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { inRole, namedQueries, type Notices, takingTurns } from '../../src/kysely/index.ts';
import type { Reach } from './kysely-ground.ts';

/** A PGlite of its own, in memory. */
export function reachPglite(): Reach {
  const db = new Kysely<unknown>({ dialect: takingTurns(new PGliteDialect({ pglite: async () => await PGlite.create() })) });
  return { db, serveAs: async (role) => void (await sql`set role ${sql.id(role)}`.execute(db)), [Symbol.asyncDispose]: () => db.destroy() };
}

/** A pool on the cluster whose socket is in `host`, as one server has it. */
export function reachPostgres(host: string, database = 'postgres'): Reach & { readonly pool: pg.Pool } {
  const pool = new pg.Pool({ host, user: 'postgres', database, max: 8 });
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.on('error', () => {}));
  let role: string | undefined;
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: namedQueries(inRole(pool, () => role)) }) });
  return { db, pool, serveAs: async (wanted) => void (role = wanted), notices: notices(pool), [Symbol.asyncDispose]: () => db.destroy() };
}

function notices(pool: pg.Pool): Notices {
  return {
    async listen(heard) {
      const client = await pool.connect();
      client.on('notification', ({ payload }) => heard(payload ?? ''));
      await client.query('listen neb');
      return { [Symbol.asyncDispose]: async () => client.release(true) };
    },
    send: async (text) => void (await pool.query("select pg_notify('neb', $1)", [text])),
  };
}
