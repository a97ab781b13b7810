import { systemClock } from '@neb/core-types';
import { fakeClock, seededRandom } from '@neb/core-types/testing';
import { type Kysely, sql } from 'kysely';
import { kyselyStore, migrate, type Notices, raiseWall, signals, tidy } from '../../src/kysely/index.ts';
import { type Ground, keepChanges, leaseMs, type NewGround } from './ground.ts';

/** A database as one process reaches it. */
export interface Reach extends AsyncDisposable {
  readonly db: Kysely<unknown>;
  readonly notices?: Notices | undefined;
  /** Has it work in a role from now on. */
  serveAs(role: string): Promise<void>;
}

/** Where the suites run on a database: `main` is emptied for each test, `another` reaches the same one as a replica would. */
export interface Databases {
  main(): Reach;
  another?(): Promise<Reach>;
}

const tables = ['resources', 'work', 'changes', 'events', 'attempts', 'kept_logs', 'secrets', 'data_keys', 'settings'];

/** Stores on an emptied database. Their clock tells the time the test wants, and sleeps for real. */
export function kyselyGround({ main, another }: Databases): NewGround {
  let migrated = false;
  return async () => {
    const time = fakeClock();
    const clock = { now: () => time.now(), sleep: systemClock.sleep };
    let seed = 1;
    const opened: AsyncDisposable[] = [];
    const open = async (reach: Reach): Promise<Pick<Ground, 'store' | 'queue'>> => {
      const { db, notices } = reach;
      const role = await raiseWall(db);
      if (role !== undefined) await reach.serveAs(role);
      const random = seededRandom(seed++);
      const heard = await signals({ id: `process-${seed}`, notices });
      opened.push(heard);
      const store = kyselyStore(db, { clock, random, signals: heard, leaseMs });
      return { store, queue: (kind) => store.queue(kind) };
    };
    const { db } = main();
    if (!migrated) await migrate(db);
    migrated = true;
    for (const table of tables) await sql`delete from ${sql.table(table)}`.execute(db);
    const first = await open(main());
    return {
      ...first,
      clock,
      async elapse(ms) {
        time.advance(ms);
        await sql`update work set due_at = due_at - ${ms} * interval '1 millisecond', lease_until = lease_until - ${ms} * interval '1 millisecond', ready_at = ready_at - ${ms} * interval '1 millisecond'`.execute(db);
        await sql`update settings set value = split_part(value, ' ', 1) || ' ' || (split_part(value, ' ', 2)::float8 - ${ms}::float8)::text where name like 'held/%'`.execute(db);
      },
      tidy: async () => void (await tidy(db, { changes: keepChanges })),
      ...(another && {
        replica: async () => {
          const reach = await another();
          opened.unshift(reach);
          return await open(reach);
        },
      }),
      async [Symbol.asyncDispose]() {
        for (const each of opened.reverse()) await each[Symbol.asyncDispose]();
      },
    };
  };
}
