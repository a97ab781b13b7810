import type { Clock } from '@neb/core-types';
import { sql } from 'kysely';
import { openCluster } from './cluster.ts';
import type { Connected } from './open.ts';
import { connectPool } from './postgres.ts';

/**
 * A PostgreSQL of our own on a unix socket, without configuration. It outlives a crash of ours and is found again;
 * servers that share a data folder share it, and the last to leave stops it.
 */
export async function connectPrivate(dataDir: string, searchPath: string, clock: Clock): Promise<Connected> {
  const cluster = await openCluster(dataDir, searchPath, clock);
  await cluster.ensureRunning();
  const pool = await connectPool(
    { host: cluster.socketDir, user: 'neb', database: 'postgres' },
    { clock, what: 'private', where: cluster.socketDir, hint: 'Its log is beside it.', revive: () => cluster.ensureRunning() },
  );
  return {
    ...pool,
    async [Symbol.asyncDispose]() {
      const others = await otherServers(pool).catch(() => 0);
      await pool[Symbol.asyncDispose]();
      if (others === 0) await cluster.stop();
    },
  };
}

/** Connections of other neb processes: ours all carry this process's mark. */
async function otherServers({ db }: Connected): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::float8 as count from pg_stat_activity
    where backend_type = 'client backend' and application_name like 'neb%' and application_name <> current_setting('application_name')`.execute(db);
  return rows[0]?.count ?? 0;
}
