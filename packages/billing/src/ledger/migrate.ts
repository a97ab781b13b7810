import { databaseTrouble } from '@neb/core-types';
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import * as ledger from './migrations/0001-ledger.ts';
import * as deliveries from './migrations/0002-deliveries.ts';
import * as runsOf from './migrations/0003-runs-of.ts';
import * as billKeys from './migrations/0004-bill-keys.ts';
import * as openRuns from './migrations/0005-open-runs.ts';

/** In order of their names; one that has been released is never edited. */
const migrations: Readonly<Record<string, Migration>> = { '0001-ledger': ledger, '0002-deliveries': deliveries, '0003-runs-of': runsOf, '0004-bill-keys': billKeys, '0005-open-runs': openRuns };

/**
 * Brings the database to this version's tables, whose names all begin with `billing_`; it may hold tables of others.
 * Any number of replicas may call it at once.
 */
export async function migrateBilling(db: Kysely<unknown>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableName: 'billing_migrations',
    migrationLockTableName: 'billing_migrations_lock',
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw databaseTrouble(error, 'unavailable') as Error;
}
