import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect, PostgresDialect } from 'kysely';
import pg from 'pg';
import { namedQueries, type Notices } from '../../src/kysely/index.ts';
import type { Reach } from './kysely-ground.ts';

/** A PGlite of its own, in memory. */
export function reachPglite(): Reach {
  const db = new Kysely<unknown>({ dialect: new PGliteDialect({ pglite: async () => await PGlite.create() }) });
  return { db, [Symbol.asyncDispose]: () => db.destroy() };
}

/** A pool on the cluster whose socket is in `host`, as one server has it. */
export function reachPostgres(host: string, database = 'postgres'): Reach & { readonly pool: pg.Pool } {
  const pool = new pg.Pool({ host, user: 'postgres', database, max: 8 });
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.on('error', () => {}));
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: namedQueries(pool) }) });
  return { db, pool, notices: notices(pool), [Symbol.asyncDispose]: () => db.destroy() };
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
