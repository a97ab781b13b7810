import { PGlite } from '@electric-sql/pglite';
import { migrateBilling } from '@neb/billing';
import { emptied } from '@neb/billing/testing';
import { type Clock, timestamp } from '@neb/core-types';
import { CompiledQuery, type DatabaseConnection, type Driver, Kysely, PGliteDialect, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import type { Mortal } from '../crashes/mortal.ts';

type Process = Pick<Mortal, 'step' | 'isDead'>;

/** A database that outlives the processes that use it, and whose `now()` is the time of a test. */
export interface MortalDatabase extends AsyncDisposable {
  /** For whoever does not die. */
  readonly db: Kysely<unknown>;
  /** Empties it for another life, in which it goes by that clock; `apart` has time wait for a query. */
  begin(clock: Clock, apart: <T>(work: () => Promise<T>) => Promise<T>): Promise<void>;
  /** As a process has it: each query is a moment at which it may die; `settling` are those that commit facts. */
  of(process: Process, settling?: Process): Kysely<unknown>;
  /** What the database does once it notices that who uses it is dead: its transaction is rolled back. */
  bury(): Promise<void>;
}

export async function mortalDatabase(): Promise<MortalDatabase> {
  const lite = await PGlite.create();
  const db = new Kysely<unknown>({ dialect: new PGliteDialect({ pglite: lite }) });
  await migrateBilling(db);
  // Found before PostgreSQL's own.
  await lite.exec(`create schema test_time; create function test_time.now() returns timestamptz language sql stable as $$ select pg_catalog.current_setting('test.now')::timestamptz $$`);
  await lite.exec('set search_path to public, test_time, pg_catalog');
  let told: number | undefined;
  let time: Clock = { now: () => 0, sleep: async () => {} };
  let waiting: <T>(work: () => Promise<T>) => Promise<T> = (work) => work();
  let held: { readonly by: Process; readonly over: () => void; underWay: Promise<unknown> | undefined } | undefined;
  let last = Promise.resolve();

  async function query(text: string, parameters: readonly unknown[]): Promise<Awaited<ReturnType<typeof lite.query>>> {
    if (told !== time.now()) await lite.query(`select set_config('test.now', $1, false)`, [timestamp(time.now())]);
    // What a transaction set is taken back with it.
    told = /^rollback/i.test(text) ? undefined : time.now();
    return await lite.query(text, [...parameters]);
  }

  /** PGlite has one connection: whoever has it keeps it to the end of its transaction. */
  async function acquired(by: Process): Promise<void> {
    const before = last;
    let over = (): void => {};
    last = new Promise((resolve) => { over = resolve; });
    await before;
    held = { by, over, underWay: undefined };
    if (!by.isDead()) return;
    release();
    await new Promise(() => {});
  }

  function release(): void {
    held?.over();
    held = undefined;
  }

  function driverOf(process: Process, settling: Process): Driver {
    let hasFacts = false;
    const connection: DatabaseConnection = {
      executeQuery: async <R>({ sql, parameters }: CompiledQuery) => await (hasFacts && sql === 'commit' ? settling : process).step(async () => {
        hasFacts = sql !== 'begin' && (hasFacts || sql.includes('into billing_facts'));
        const asked = waiting(() => query(sql, parameters));
        held!.underWay = asked.catch(() => undefined);
        const { rows, affectedRows } = await asked;
        return { rows: rows as R[], ...(affectedRows !== undefined && { numAffectedRows: BigInt(affectedRows) }) };
      }),
      // eslint-disable-next-line require-yield -- nothing here streams
      async *streamQuery() { throw new Error('nothing here streams'); },
    };
    const say = async (text: string): Promise<void> => void (await connection.executeQuery(CompiledQuery.raw(text)));
    return {
      init: async () => {},
      async acquireConnection() {
        await acquired(process);
        return connection;
      },
      beginTransaction: () => say('begin'),
      commitTransaction: () => say('commit'),
      rollbackTransaction: () => say('rollback'),
      releaseConnection: async () => release(),
      destroy: async () => {},
    };
  }

  return {
    db,
    async begin(clock, apart) {
      [time, waiting, told] = [clock, apart, undefined];
      await emptied(db);
    },
    of: (process, settling = process) => new Kysely<unknown>({ dialect: { createDriver: () => driverOf(process, settling), createAdapter: () => new PostgresAdapter(), createQueryCompiler: () => new PostgresQueryCompiler(), createIntrospector: (own) => new PostgresIntrospector(own) } }),
    async bury() {
      if (!held?.by.isDead()) return;
      await held.underWay;
      await query('rollback', []);
      release();
    },
    [Symbol.asyncDispose]: () => db.destroy(),
  };
}
