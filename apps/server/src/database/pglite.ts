import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { makeDataFolder } from '../data-folder.ts';
import { lockFolder } from './folder-lock.ts';
import type { Connected } from './open.ts';

/** PostgreSQL as WebAssembly in this process: one connection, no fsync, one process a folder. */
export async function connectPglite(dataDir: string): Promise<Connected> {
  await makeDataFolder(dataDir);
  const lock = await lockFolder(join(dataDir, 'pglite.lock'));
  const pglite = await PGlite.create({ dataDir: join(dataDir, 'pglite') });
  const db = new Kysely<unknown>({ dialect: new PGliteDialect({ pglite }) });
  return {
    db,
    engine: 'PGlite',
    what: 'in this process, without fsync',
    async [Symbol.asyncDispose]() {
      await db.destroy();
      await lock[Symbol.asyncDispose]();
    },
  };
}
