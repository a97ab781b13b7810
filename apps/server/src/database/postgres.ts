import { type Clock, messageOf, NebError } from '@neb/core-types';
import type { Notices } from '@neb/scheduler/kysely';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { SecretText } from '../secrets/secret-text.ts';
import type { Connected } from './open.ts';

const channel = 'neb';
const poolSize = 10;
const leasePoolSize = 3;
const reconnectMs = 1_000;

/** The operator's own server. */
export async function connectByUrl(url: SecretText, clock: Clock): Promise<Connected> {
  return await connectPool({ connectionString: url.reveal() }, { clock, what: 'DATABASE_URL', where: hostOf(url.reveal()) });
}

export interface PoolFacts {
  readonly clock: Clock;
  readonly what: string;
  /** For messages: where the server is, without credentials. */
  readonly where: string;
  /** Called before each reconnection: gets the server running again, where that is ours to do. */
  readonly revive?: (() => Promise<void>) | undefined;
}

/** A pool that has answered once. */
export async function connectPool(config: pg.PoolConfig, facts: PoolFacts): Promise<Connected> {
  const settings: pg.PoolConfig = { application_name: `neb ${process.pid}`, connectionTimeoutMillis: 10_000, ...config };
  const pool = new pg.Pool({ max: poolSize, idleTimeoutMillis: 30_000, ...settings });
  // An idle connection that breaks is replaced at the next query; unheard, its error would end the process.
  pool.on('error', () => {});
  const leases = new pg.Pool({ max: leasePoolSize, idleTimeoutMillis: 30_000, ...settings, options: `${settings.options ?? ''} -c synchronous_commit=off` });
  leases.on('error', () => {});
  try {
    await pool.query('select 1');
  } catch (cause) {
    await pool.end();
    await leases.end();
    throw new NebError('unavailable', `the database at ${facts.where} cannot be used: ${messageOf(cause)}`, { hint: 'See that it runs, and that DATABASE_URL names its host, user, password and database.' });
  }
  return {
    db: new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) }),
    leases: new Kysely<unknown>({ dialect: new PostgresDialect({ pool: leases }) }),
    what: facts.what,
    notices: { listen: (heard) => listen(settings, facts, heard), send: async (text) => void (await pool.query('select pg_notify($1, $2)', [channel, text])) },
    async [Symbol.asyncDispose]() {
      await Promise.all([pool.end(), leases.end()]);
    },
  };
}

/** One connection of its own that listens, and comes back when it breaks. */
async function listen(config: pg.ClientConfig, facts: PoolFacts, heard: (text: string) => void): Promise<AsyncDisposable> {
  const stop = new AbortController();
  let client: pg.Client | undefined;

  async function open(): Promise<void> {
    const fresh = new pg.Client({ ...config, keepAlive: true });
    fresh.on('notification', ({ payload }) => heard(payload ?? ''));
    fresh.once('error', () => void again());
    fresh.once('end', () => void again());
    await fresh.connect();
    await fresh.query(`listen ${channel}`);
    client = fresh;
    // Whatever was said meanwhile went unheard.
    heard('feed work');
  }

  let reopening = false;
  async function again(): Promise<void> {
    if (reopening) return;
    reopening = true;
    while (!stop.signal.aborted) {
      await facts.clock.sleep(reconnectMs, stop.signal);
      if (stop.signal.aborted) break;
      const opened = await (facts.revive?.() ?? Promise.resolve()).then(open).then(() => true, () => false);
      if (opened) break;
    }
    reopening = false;
  }

  await open();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      client?.removeAllListeners('end');
      await client?.end().catch(() => {});
    },
  };
}

function hostOf(url: string): string {
  try {
    const { host, searchParams, pathname } = new URL(url);
    return `${searchParams.get('host') ?? host}${pathname}`;
  } catch {
    return 'the address in DATABASE_URL';
  }
}
