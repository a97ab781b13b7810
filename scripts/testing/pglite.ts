// What tests import as @electric-sql/pglite: the same, but a new database begins as a copy of one that was made before, since making its files takes four fifths of a start.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../run.ts';

/** As much of PGlite as is asked of it here. */
interface Database {
  dumpDataDir(compression: 'none'): Promise<Blob>;
  close(): Promise<void>;
}

interface Options {
  readonly dataDir?: string;
  readonly loadDataDir?: Blob;
}

const home = join(root, 'packages/scheduler/node_modules/@electric-sql/pglite');
const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as { readonly version: string };
const real = (await import(join(home, 'dist/index.js'))) as { readonly PGlite: { create(options?: Options): Promise<Database> } };
const made = join(root, `node_modules/.cache/pglite-${version}.tar`);

/** As PGlite's own: in memory, or in a folder that has a database already or gets one. */
export const PGlite = {
  async create(options: Options = {}): Promise<Database> {
    const isThere = options.dataDir !== undefined && existsSync(join(options.dataDir, 'PG_VERSION'));
    return await real.PGlite.create(isThere ? options : { ...options, loadDataDir: await (empty ??= emptyDatabase()) });
  },
};

let empty: Promise<Blob> | undefined;

/** The files of a database with nothing in it, kept for whoever comes after. */
async function emptyDatabase(): Promise<Blob> {
  if (!existsSync(made)) {
    const database = await real.PGlite.create();
    const files = await database.dumpDataDir('none');
    await database.close();
    await mkdir(join(made, '..'), { recursive: true });
    // In one step: others may make it at the same time.
    await writeFile(`${made}.${process.pid}`, Buffer.from(await files.arrayBuffer()));
    await rename(`${made}.${process.pid}`, made);
  }
  return new Blob([await readFile(made)]);
}
