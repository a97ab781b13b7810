import { type Clock, messageOf, NebError } from '@neb/core-types';
import { inRole, namedQueries } from '@neb/scheduler/kysely';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { SecretText } from '../secrets/secret-text.ts';
import { notices } from './notices.ts';
import type { Connected } from './open.ts';

const poolSize = 8;
const oldest = 15;

/** The operator's own server. */
export async function connectByUrl(url: SecretText, { id, clock }: Pick<PoolFacts, 'id' | 'clock'>): Promise<Connected> {
  if (!URL.canParse(url.reveal())) throw new NebError('invalid', 'DATABASE_URL is not an address', { hint: 'Write postgres://user:password@host:port/name, with special characters of the password as in %40.' });
  const hint = 'See that it runs, and that DATABASE_URL names its host, user, password and database.';
  return await connectPool({ connectionString: url.reveal() }, { id, clock, what: 'DATABASE_URL', where: hostOf(url.reveal()), hint });
}

export interface PoolFacts {
  /** Tells this server's connections from those of others. */
  readonly id: string;
  readonly clock: Clock;
  readonly what: string;
  /** For messages: where the server is, without credentials. */
  readonly where: string;
  /** What to do where it cannot be reached. */
  readonly hint: string;
  /** Called before each reconnection: gets the server running again, where that is ours to do. */
  readonly revive?: (() => Promise<void>) | undefined;
  /** Told when the connection that listens breaks. */
  readonly onLost?: (() => void) | undefined;
}

/** A pool that has answered once. Throws `unavailable`, or `unsupported` where the server is too old. */
export async function connectPool(config: pg.PoolConfig, facts: PoolFacts): Promise<Connected> {
  const settings: pg.PoolConfig = {
    application_name: `neb ${facts.id}`, connectionTimeoutMillis: 10_000, keepAlive: true, keepAliveInitialDelayMillis: 10_000, ...config,
  };
  const pool = new pg.Pool({ max: poolSize, idleTimeoutMillis: 30_000, ...settings });
  // A connection that breaks fails the query under way, or is replaced before the next one. Unheard, its error would
  // end the process; the pool hears it for the idle ones only, not where a transaction is between two queries.
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.on('error', () => {}));
  try {
    const version = await versionOf(pool, facts);
    let role: string | undefined;
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: namedQueries(inRole(pool, () => role)) }) });
    const serveAs = async (wanted: string): Promise<void> => void (role = wanted);
    return { db, serveAs, what: facts.what, engine: `PostgreSQL ${version}`, notices: notices(pool, settings, facts), [Symbol.asyncDispose]: () => db.destroy() };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

async function versionOf(pool: pg.Pool, { where, hint }: PoolFacts): Promise<string> {
  const { rows } = await pool.query<{ number: number; version: string }>("select current_setting('server_version_num')::int as number, current_setting('server_version') as version").catch((cause: unknown) => {
    // The cause stays behind: it may carry the address with its password.
    throw new NebError('unavailable', `the database at ${where} cannot be used: ${messageOf(cause)}`, { hint });
  });
  const { number, version } = rows[0]!;
  if (number < oldest * 10_000) throw new NebError('unsupported', `the database at ${where} is PostgreSQL ${version}, and neb needs ${oldest} or newer`);
  return version.split(' ')[0]!;
}

function hostOf(url: string): string {
  const { host, searchParams, pathname } = new URL(url);
  return `${searchParams.get('host') ?? host}${pathname}`;
}
