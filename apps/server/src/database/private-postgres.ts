import { access } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { type ClusterOptions, openCluster } from './cluster.ts';
import type { Connected } from './open.ts';
import { connectPool } from './postgres.ts';

export interface PrivateOptions extends ClusterOptions {
  /** Tells this server's connections from those of others. */
  readonly id: string;
  warn(message: string): void;
}

/**
 * A PostgreSQL of our own on a unix socket, without configuration. It outlives a crash of ours and is found again;
 * servers that share a data folder share it, and the last to leave stops it. Where it ends by itself it is started again.
 */
export async function connectPrivate({ id, warn, ...options }: PrivateOptions): Promise<Connected> {
  const cluster = await openCluster(options);
  const reach = { host: cluster.socketDir, user: 'neb', database: 'postgres' };
  const revive = (): Promise<void> => cluster.alone(() => cluster.ensureRunning());
  // Nobody stops it between our start and our first connection.
  const pool = await cluster.alone(async () => {
    await cluster.ensureRunning();
    return await connectPool(reach, {
      id, clock: options.clock, what: 'private', where: cluster.socketDir, hint: `Its log is ${cluster.logFile}.`, revive,
      onLost: () => warn('the connection to the private PostgreSQL broke; it is started again if it has ended'),
    });
  });
  return {
    ...pool,
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]();
      await cluster.alone(async () => {
        if (!(await hasOthers(reach, id))) await cluster.stop();
      });
    },
  };
}

/** Stops the private PostgreSQL that a server left running when it was killed; does nothing where one uses it, or there is none. */
export async function stopAbandoned(options: ClusterOptions): Promise<void> {
  const isThere = await access(join(options.dataDir, 'postgres/data/PG_VERSION')).then(() => true, () => false);
  if (!isThere) return;
  const cluster = await openCluster(options);
  await cluster.alone(async () => {
    if (!(await hasOthers({ host: cluster.socketDir, user: 'neb', database: 'postgres' }, ''))) await cluster.stop();
  });
}

/** Whether other neb servers are connected. */
async function hasOthers(reach: pg.ClientConfig, id: string): Promise<boolean> {
  const client = new pg.Client({ ...reach, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query("select 1 from pg_stat_activity where application_name like 'neb %' and application_name <> $1 limit 1", [`neb ${id}`]);
    return rows.length > 0;
  } catch {
    // It does not answer: nobody can be served by it.
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
