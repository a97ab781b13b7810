import { databaseTrouble } from '@neb/core-types';
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import * as identity from './migrations/0001-identity.ts';
import * as wall from './migrations/0002-wall.ts';

/** In order of their names; one that has been released is never edited. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-identity': identity,
  '0002-wall': wall,
};

/**
 * Brings the database to this version's tables, whose names all begin with `identity_`; it may hold tables of others.
 * Any number of replicas may call it at once.
 */
export async function migrateIdentity(db: Kysely<unknown>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableName: 'identity_migrations',
    migrationLockTableName: 'identity_migrations_lock',
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw databaseTrouble(error, 'unavailable') as Error;
}
