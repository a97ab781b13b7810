import { PGlite } from '@electric-sql/pglite';
import { type Clock, systemClock } from '@neb/core-types';
import { type Identity, identity, migrateIdentity } from '@neb/identity';
import { Kysely, PGliteDialect } from 'kysely';

const administrator = { id: 'root', handle: 'root', epoch: 'one' };

/** Who there is, in a database in memory. */
export async function people(clock: Clock = systemClock): Promise<Identity> {
  const db = new Kysely<unknown>({ dialect: new PGliteDialect({ pglite: await PGlite.create() }) });
  await migrateIdentity(db);
  const all = identity(db, { administrator, clock });
  return {
    ...all,
    async [Symbol.asyncDispose]() {
      await all[Symbol.asyncDispose]();
      await db.destroy();
    },
  };
}

/** Where a test asks for nobody: its database is made when it is first asked, and has no tables. */
export function unusedIdentity(): Identity {
  return identity(new Kysely<unknown>({ dialect: new PGliteDialect({ pglite: async () => await PGlite.create() }) }), { administrator });
}
