import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { migrateAudit } from '@neb/audit';
import { migrateBilling } from '@neb/billing';
import { type Clock, isNebError, type Kind, messageOf, NebError, newId, type Random } from '@neb/core-types';
import { migrateIdentity } from '@neb/identity';
import type { WorkQueue } from '@neb/scheduler';
import { type KyselyStore, kyselyStore, migrate, type Notices, raiseWall, type Signals, signals, tidy } from '@neb/scheduler/kysely';
import { type Kysely, sql } from 'kysely';
import type { SecretText } from '../secrets/secret-text.ts';

export interface DatabaseOptions {
  /** A PostgreSQL of the operator's; without it a private one runs in `dataDir`. */
  readonly url?: SecretText | undefined;
  readonly dataDir: string;
  /** Which private database: `auto` takes PGlite only where PostgreSQL cannot run. */
  readonly engine: 'auto' | 'postgres' | 'pglite';
  /** Where programs are looked for, as PATH has it. */
  readonly searchPath: string;
  /** Where root keeps what PostgreSQL's account could not reach otherwise; /var/lib/neb by default. */
  readonly systemDir?: string | undefined;
  /** How long the work of a server that died is left alone; 15,000 by default. */
  readonly leaseMs?: number | undefined;
  /** Told in words what an operator should know, such as that PGlite is used. */
  warn(message: string): void;
}

/** Where everything is kept, ready for use: its tables are those of this version. */
export interface Database extends AsyncDisposable {
  readonly db: Kysely<unknown>;
  readonly store: KyselyStore;
  /** Every call for one kind answers with the same queue. */
  queue(kind: Kind): WorkQueue;
  /** How servers on this database tell each other that something is new. */
  readonly signals: Pick<Signals, 'on' | 'say'>;
  /** Such as `PostgreSQL 15.20 (private)`. */
  readonly describe: string;
  /** Rejects with `unavailable` where the database does not answer. */
  ping(): Promise<void>;
}

/** A connection to some engine, before it has tables. */
export interface Connected extends AsyncDisposable {
  readonly db: Kysely<unknown>;
  /** Absent where no other process can be connected. */
  readonly notices?: Notices | undefined;
  /** Has every connection of `db` work in a role from now on. */
  serveAs(role: string): Promise<void>;
  /** Such as `PostgreSQL 15.20`. */
  readonly engine: string;
  /** Whose it is: `private`, or `DATABASE_URL`. */
  readonly what: string;
}

/** Between looks for what nobody needs any more. */
const tidyMs = 600_000;

/**
 * The database that the options name, or a private one. Throws `unavailable` where it does not answer, `unsupported`
 * where it cannot serve, and `conflict` where another process holds it; no message carries a password.
 */
export async function openDatabase(options: DatabaseOptions, chance: { readonly clock: Clock; readonly random: Random }): Promise<Database> {
  const id = newId(chance.random);
  const connected = await connect(options, { id, clock: chance.clock });
  const { db, notices, engine, what } = connected;
  try {
    for (const bring of [migrate, migrateIdentity, migrateAudit, migrateBilling]) await bring(db);
    const role = await raiseWall(db);
    if (role !== undefined) await connected.serveAs(role);
    const heard = await signals({ id, notices });
    const store = kyselyStore(db, { ...chance, signals: heard, leaseMs: options.leaseMs });
    const cleaning = housekeeping(db, chance.clock);
    return {
      db,
      store,
      queue: (kind) => store.queue(kind),
      signals: heard,
      describe: `${engine} (${what})`,
      async ping() {
        await sql`select 1`.execute(db).catch((cause: unknown) => {
          throw new NebError('unavailable', `the database does not answer: ${messageOf(cause)}`, { cause });
        });
      },
      async [Symbol.asyncDispose]() {
        for (const part of [cleaning, heard, connected]) await part[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await connected[Symbol.asyncDispose]();
    throw error;
  }
}

/** Each way is loaded only when it is taken: PGlite alone is tens of megabytes. */
async function connect(options: DatabaseOptions, { id, clock }: { readonly id: string; readonly clock: Clock }): Promise<Connected> {
  const { url, dataDir, engine, searchPath, systemDir, warn } = options;
  if (url) return await (await import('./postgres.ts')).connectByUrl(url, { id, clock });
  const pglite = async (): Promise<Connected> => await (await import('./pglite.ts')).connectPglite(dataDir);
  if (engine === 'pglite') return await pglite();
  if (engine === 'auto' && (await isThere(join(dataDir, 'pglite'))) && !(await isThere(join(dataDir, 'postgres/data')))) {
    warn('PGlite is used, as the data is there already; it does not survive a power cut and serves one process only. NEB_DATABASE=postgres begins anew on PostgreSQL');
    return await pglite();
  }
  try {
    return await (await import('./private-postgres.ts')).connectPrivate({ id, dataDir, searchPath, systemDir, clock, warn });
  } catch (error) {
    if (engine === 'postgres' || !isNebError(error, 'unsupported')) throw error;
    warn(`${error.message}; PGlite is used instead, which does not survive a power cut and serves one process only`);
    return await pglite();
  }
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(() => true, () => false);
}

function housekeeping(db: Kysely<unknown>, clock: Clock): AsyncDisposable {
  const stop = new AbortController();
  const running = (async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(tidyMs, stop.signal);
      // What cannot be done now is done in ten minutes.
      if (!stop.signal.aborted) await tidy(db).catch(() => {});
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
