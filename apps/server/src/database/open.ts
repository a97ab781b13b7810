import { type Clock, isNebError, type Kind, messageOf, NebError, type Random } from '@neb/core-types';
import type { WorkQueue } from '@neb/scheduler';
import { type KyselyStore, kyselyStore, migrate, type Notices, postgresQueue, signals } from '@neb/scheduler/kysely';
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
  /** Told in words what an operator should know, such as that PGlite is used. */
  warn(message: string): void;
}

/** Where everything is kept, ready for use: its tables are those of this version. */
export interface Database extends AsyncDisposable {
  readonly store: KyselyStore;
  /** Every call for one kind answers with the same queue. */
  queue(kind: Kind): WorkQueue;
  /** Such as `PostgreSQL 15.20 (private)`. */
  readonly describe: string;
  /** Rejects with `unavailable` where the database does not answer. */
  ping(): Promise<void>;
}

/** A connection to some engine, before it has tables. */
export interface Connected extends AsyncDisposable {
  readonly db: Kysely<unknown>;
  /** The same database, for leases: they need not reach the disk, as whoever held one before a power cut holds nothing after it. */
  readonly leases?: Kysely<unknown> | undefined;
  readonly notices?: Notices | undefined;
  /** `private`, `DATABASE_URL`, … */
  readonly what: string;
}

export async function openDatabase(options: DatabaseOptions, chance: { readonly clock: Clock; readonly random: Random }): Promise<Database> {
  const connected = await connect(options, chance.clock);
  try {
    await migrate(connected.db);
    const bells = await signals(connected.notices);
    const store = kyselyStore(connected.db, { ...chance, signals: bells });
    const queues = new Map<Kind, WorkQueue>();
    const { rows } = await sql<{ server_version: string }>`show server_version`.execute(connected.db);
    return {
      store,
      queue(kind) {
        const queue = queues.get(kind) ?? postgresQueue(connected.leases ?? connected.db, kind, { signals: bells });
        queues.set(kind, queue);
        return queue;
      },
      describe: `PostgreSQL ${rows[0]?.server_version.split(' ')[0]} (${connected.what})`,
      async ping() {
        await sql`select 1`.execute(connected.db).catch((cause: unknown) => {
          throw new NebError('unavailable', `the database does not answer: ${messageOf(cause)}`, { cause });
        });
      },
      async [Symbol.asyncDispose]() {
        await bells[Symbol.asyncDispose]();
        await connected[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await connected[Symbol.asyncDispose]();
    throw error;
  }
}

/** Each way is loaded only when it is taken: PGlite alone is tens of megabytes. */
async function connect(options: DatabaseOptions, clock: Clock): Promise<Connected> {
  const { url, dataDir, engine, searchPath, warn } = options;
  if (url) return await (await import('./postgres.ts')).connectByUrl(url, clock);
  if (engine !== 'pglite') {
    try {
      return await (await import('./private-postgres.ts')).connectPrivate(dataDir, searchPath, clock);
    } catch (error) {
      if (engine === 'postgres' || !isNebError(error, 'unsupported')) throw error;
      warn(`${error.message}; falling back on PGlite, which does not survive a power cut and serves one process only`);
    }
  }
  return await (await import('./pglite.ts')).connectPglite(dataDir);
}
