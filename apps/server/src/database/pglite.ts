import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { takingTurns } from '@neb/scheduler/kysely';
import { Kysely, PGliteDialect, sql } from 'kysely';
import type { Connected } from './open.ts';
import { lockFile } from './process-lock.ts';

/**
 * PostgreSQL as WebAssembly in this process: one connection, no fsync, one process a folder. PGlite itself lets a
 * second process open the folder and lose what it writes; our lock does not, and throws `conflict`.
 */
export async function connectPglite(dataDir: string): Promise<Connected> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = await lockFile(join(dataDir, 'pglite.lock'));
  try {
    const pglite = await PGlite.create({ dataDir: join(dataDir, 'pglite') });
    const db = new Kysely<unknown>({ dialect: takingTurns(new PGliteDialect({ pglite })) });
    const { rows } = await sql<{ version: string }>`select current_setting('server_version') as version`.execute(db);
    return {
      db,
      serveAs: async (role) => void (await sql`set role ${sql.id(role)}`.execute(db)),
      engine: `PGlite ${rows[0]!.version}`,
      what: 'in this process, without fsync',
      async [Symbol.asyncDispose]() {
        await db.destroy();
        await lock[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}
