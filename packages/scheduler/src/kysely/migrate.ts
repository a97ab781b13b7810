import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import * as objects from './migrations/0001-objects.ts';
import * as write from './migrations/0002-write.ts';
import { inWords } from './trouble.ts';

/** In order of their names; one that has been released is never edited. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-objects': objects,
  '0002-write': write,
};

/** Brings the database to this version's tables. Any number of replicas may call it at once. */
export async function migrate(db: Kysely<unknown>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw inWords(error, 'unavailable') as Error;
}
