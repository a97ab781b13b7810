import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import * as objects from './migrations/0001-objects.ts';
import * as write from './migrations/0002-write.ts';
import * as wall from './migrations/0003-wall.ts';
import * as quota from './migrations/0004-quota.ts';
import * as budget from './migrations/0005-budget.ts';
import { inWords, rowsOf } from './trouble.ts';

/** In order of their names; one that has been released is never edited. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-objects': objects,
  '0002-write': write,
  '0003-wall': wall,
  '0004-quota': quota,
  '0005-budget': budget,
};

/** Brings the database to this version's tables. Any number of replicas may call it at once. */
export async function migrate(db: Kysely<unknown>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw inWords(error, 'unavailable') as Error;
  await settleFeed(db);
}

/**
 * In a database that was copied into another server, transactions are numbered anew: what the feed knows of higher
 * numbers is of its former life, and would hold up everything that comes.
 */
async function settleFeed(db: Kysely<unknown>): Promise<void> {
  const end = sql`pg_snapshot_xmax(pg_current_snapshot())::text::bigint`;
  await rowsOf(db, sql`delete from changes where tx >= ${end}`);
  await rowsOf(db, sql`update settings set value = (${end} - 1)::text where name = 'feed_pruned' and value::bigint >= ${end}`);
}
