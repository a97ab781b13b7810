import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, lstat, mkdir, mkdtemp, readFile, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock, systemRandom } from '@neb/core-types';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unprivilegedAccount } from './account.ts';
import { binaryFolders, findBinaries, reachableBinaries } from './binaries.ts';
import { type Database, type DatabaseOptions, openDatabase } from './open.ts';
import { stopAbandoned } from './private-postgres.ts';
import { isAlive } from './processes.ts';

const asRoot = process.getuid?.() === 0;
const searchPath = process.env.PATH ?? '';
let root: string;
let warnings: string[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'neb-private-'));
  await chmod(root, 0o755);
});
afterAll(() => rm(root, { recursive: true }));

async function open(name: string, more: Partial<DatabaseOptions> = {}): Promise<Database> {
  warnings = [];
  const options: DatabaseOptions = { dataDir: join(root, name), systemDir: join(root, 'system'), engine: 'auto', searchPath, warn: (message) => warnings.push(message), ...more };
  return await openDatabase(options, { clock: systemClock, random: systemRandom });
}

async function postmaster(folder: string): Promise<number | undefined> {
  return await readFile(join(folder, 'data/postmaster.pid'), 'utf8').then((text) => Number(text.split('\n')[0]), () => undefined);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const late = AbortSignal.timeout(15_000); !(await holds()); await sleep(20)) late.throwIfAborted();
}

describe('a private PostgreSQL', { timeout: 60_000 }, () => {
  const folder = (): string => join(root, 'one/postgres');

  test('is made on first use, keeps what it is given, and leaves nothing running', async () => {
    const first = await open('one');
    expect(first.describe).toMatch(/^PostgreSQL \d+\.\d+ \(private\)$/);
    const fleet = await first.store.fleet();
    const pid = await postmaster(folder());
    await first[Symbol.asyncDispose]();
    expect(isAlive(pid ?? 0)).toBe(false);
    const second = await open('one');
    expect(await second.store.fleet()).toBe(fleet);
    await second[Symbol.asyncDispose]();
    expect([await postmaster(folder()), warnings]).toEqual([undefined, []]);
  });

  test('is closed to others, listens on no network, and flushes every commit', async () => {
    const database = await open('one');
    expect((await lstat(folder())).mode & 0o077).toBe(0);
    const { rows } = await sql<{ name: string; setting: string }>`
      select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses') order by name`.execute(database.db);
    expect(rows.map(({ name, setting }) => `${name}=${setting}`)).toEqual(['fsync=on', 'full_page_writes=on', 'listen_addresses=', 'synchronous_commit=on']);
    await database[Symbol.asyncDispose]();
  });

  /** A server of another process, which is killed. Answers with what it wrote. */
  async function killedServer(): Promise<string> {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../test/hold-database.ts'), join(root, 'one'), join(root, 'system')], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [fleet] = (await once(child.stdout, 'data')) as [Buffer];
    child.kill('SIGKILL');
    await once(child, 'exit');
    return fleet.toString().trim();
  }

  test('outlives a server that is killed, and the next one takes it over', async () => {
    const fleet = await killedServer();
    const pid = await postmaster(folder());
    expect(isAlive(pid ?? 0)).toBe(true);
    const next = await open('one');
    expect(await postmaster(folder())).toBe(pid);
    expect(await next.store.fleet()).toBe(fleet);
    await next[Symbol.asyncDispose]();
    expect(isAlive(pid ?? 0)).toBe(false);
  });

  test('that a killed server left can be stopped, and one in use cannot', async () => {
    const options = { dataDir: join(root, 'one'), systemDir: join(root, 'system'), searchPath, clock: systemClock };
    await killedServer();
    const pid = await postmaster(folder());
    await stopAbandoned(options);
    expect(isAlive(pid ?? 0)).toBe(false);
    const database = await open('one');
    await stopAbandoned(options);
    await database.ping();
    await database[Symbol.asyncDispose]();
    await stopAbandoned({ ...options, dataDir: join(root, 'nothing') });
    expect(await readdir(root)).not.toContain('nothing');
  });

  test('serves every server of its data folder, and the last to leave stops it', async () => {
    const servers = await Promise.all([open('one'), open('one'), open('one')]);
    const pid = await postmaster(folder());
    for (const server of servers.slice(1)) await server[Symbol.asyncDispose]();
    await servers[0].ping();
    expect(await postmaster(folder())).toBe(pid);
    await servers[0][Symbol.asyncDispose]();
    expect(isAlive(pid ?? 0)).toBe(false);
  });

  test('whose connection breaks between two queries of a transaction fails that transaction alone', async () => {
    await using database = await open('one');
    const broken = database.db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction);
      await sql`select pg_terminate_backend(${rows[0]!.pid}, 5000)`.execute(database.db);
      // Its end is heard of while nobody asks anything of it.
      await sleep(50);
      await sql`select 1`.execute(transaction);
    });
    await expect(broken).rejects.toThrow();
    await database.ping();
  });

  test('that ends by itself is started again', async () => {
    const database = await open('one');
    const pid = await postmaster(folder());
    process.kill(pid ?? NaN, 'SIGKILL');
    await until(async () => await database.ping().then(async () => (await postmaster(folder())) !== pid, () => false));
    expect(await database.store.fleet()).toMatch(/^[a-z]/);
    expect(warnings.join()).toContain('the private PostgreSQL broke');
    await database[Symbol.asyncDispose]();
  });

  test('starts although a dead one left its number, which another program has by now', async () => {
    const account = await unprivilegedAccount();
    const sleeper = spawn('sleep', ['60'], { ...account, stdio: 'ignore' });
    await writeFile(join(folder(), 'data/postmaster.pid'), `${sleeper.pid}\n${join(folder(), 'data')}\n1\n5432\n\n\n1 1\nready\n`);
    const database = await open('one');
    await database.ping();
    await database[Symbol.asyncDispose]();
    expect(sleeper.exitCode).toBe(null);
    sleeper.kill();
  });

  test('made by a version that is not here is not replaced by another database', async () => {
    const version = join(folder(), 'data/PG_VERSION');
    const real = await readFile(version, 'utf8');
    await writeFile(version, '12\n');
    await expect(open('one')).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/was made by PostgreSQL 12, which alone can open it, and this machine has PostgreSQL \d+/) });
    await writeFile(version, real);
    await (await open('one'))[Symbol.asyncDispose]();
  });

  test('that was cut off while it was made is made again', async () => {
    const cut = join(root, 'cut/postgres/making-abc');
    await mkdir(cut, { recursive: true });
    await writeFile(join(cut, 'PG_VERSION'), '15\n');
    const database = await open('cut');
    await database.ping();
    await database[Symbol.asyncDispose]();
  });

  test('whose path is too long for a socket has a short one elsewhere', async () => {
    const name = `long/${'x'.repeat(120)}`;
    const database = await open(name);
    await database.ping();
    await database[Symbol.asyncDispose]();
    await (await open(name))[Symbol.asyncDispose]();
  });

  test('that cannot start says why', async () => {
    const options = join(folder(), 'data/postgresql.conf');
    const real = await readFile(options, 'utf8');
    await writeFile(options, `${real}\nshared_preload_libraries = 'not_there'\n`);
    await expect(open('one')).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('could not access file "not_there"') });
    await writeFile(options, real);
  });

  test('can be the one that npm brings', async () => {
    const embedded = (await binaryFolders('')).at(-1)!;
    const database = await open('embedded', { searchPath: embedded });
    expect(database.describe).toMatch(/^PostgreSQL 18/);
    await database[Symbol.asyncDispose]();
  });
});

describe.runIf(asRoot)('as root', { timeout: 60_000 }, () => {
  test('a data folder that PostgreSQL\'s account cannot reach gets its cluster elsewhere, and a new one once it is deleted', async () => {
    const home = join(root, 'home');
    await mkdir(home, { mode: 0o700 });
    const first = await open('home/neb');
    const fleet = await first.store.fleet();
    await first[Symbol.asyncDispose]();
    const cluster = await readlink(join(home, 'neb/postgres'));
    expect(dirname(cluster)).toBe(join(root, 'system'));
    const again = await open('home/neb');
    expect(await again.store.fleet()).toBe(fleet);
    await again[Symbol.asyncDispose]();
    await rm(join(home, 'neb'), { recursive: true });
    const anew = await open('home/neb');
    expect(await anew.store.fleet()).not.toBe(fleet);
    await anew[Symbol.asyncDispose]();
    expect(await readdir(cluster)).toContain('data');
  });

  test('a data folder that only itself is closed is opened just enough', async () => {
    await mkdir(join(root, 'closed'), { mode: 0o700 });
    const database = await open('closed');
    await database[Symbol.asyncDispose]();
    const { uid, mode } = await lstat(join(root, 'closed'));
    expect([uid, mode & 0o777]).toEqual([0, 0o710]);
    expect((await lstat(join(root, 'closed/postgres'))).isSymbolicLink()).toBe(false);
  });

  test('programs that PostgreSQL\'s account cannot reach are copied to where it can', async () => {
    const embedded = (await binaryFolders('')).at(-1)!;
    await mkdir(join(root, 'modules'), { mode: 0o700 });
    await cp(dirname(embedded), join(root, 'modules/native'), { recursive: true, verbatimSymlinks: true });
    const found = await findBinaries([join(root, 'modules/native/bin')]);
    const reachable = await reachableBinaries(found!, (await unprivilegedAccount())!, join(root, 'system'));
    expect(reachable.postgres).toBe(join(root, 'system/postgresql-18/bin/postgres'));
    expect(await findBinaries([dirname(reachable.postgres)])).toMatchObject({ major: 18 });
  });
});
