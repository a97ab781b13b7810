import { PGlite } from '@electric-sql/pglite';
import { ledger, type Ledger } from '@neb/billing';
import { Kysely, PGliteDialect } from 'kysely';

/** Where a test asks for no usage: its database is made when it is first asked, and has no tables. */
export function unusedLedger(): Ledger {
  return ledger(new Kysely<unknown>({ dialect: new PGliteDialect({ pglite: async () => await PGlite.create() }) }));
}
