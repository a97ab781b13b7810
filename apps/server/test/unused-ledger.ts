import { PGlite } from '@electric-sql/pglite';
import { ledger, type Ledger } from '@neb/billing';
import { Kysely, PGliteDialect } from 'kysely';
import type { Database } from '../src/database/open.ts';

/** Where a test asks for no usage: it is made when it is first asked, and has no tables. */
export function unusedDatabase(): Database['db'] {
  return new Kysely<unknown>({ dialect: new PGliteDialect({ pglite: async () => await PGlite.create() }) });
}

export function unusedLedger(): Ledger {
  return ledger(unusedDatabase());
}
