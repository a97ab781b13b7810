import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect, PostgresDialect } from 'kysely';
import pg from 'pg';

/** A database of a test's own. */
export interface Engine extends AsyncDisposable {
  readonly db: Kysely<unknown>;
}

/** A PGlite in memory. */
export function pgliteEngine(): Engine {
  const db = new Kysely<unknown>({ dialect: new PGliteDialect({ pglite: async () => await PGlite.create() }) });
  return { db, [Symbol.asyncDispose]: () => db.destroy() };
}

/** A throw-away cluster of the newest PostgreSQL of Debian, on a unix socket; as an unprivileged account when the tests run as root. */
export async function postgresEngine(): Promise<Engine> {
  const versions = (await readdir('/usr/lib/postgresql')).map(Number).sort((a, b) => b - a);
  const binaries = join('/usr/lib/postgresql', String(versions[0]), 'bin');
  const folder = await mkdtemp(join(tmpdir(), 'neb-billing-'));
  const account = process.getuid?.() === 0 ? await postgresAccount() : undefined;
  if (account) await chown(folder, account.uid, account.gid);
  const data = join(folder, 'data');
  await promisify(execFile)(join(binaries, 'initdb'), ['-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--locale=C', '-N'], { ...account, cwd: folder });
  const log = await open(join(folder, 'log'), 'a');
  const flags = [`unix_socket_directories=${folder}`, 'listen_addresses=', 'shared_buffers=16MB', 'synchronous_commit=off'].flatMap((flag) => ['-c', flag]);
  const server = spawn(join(binaries, 'postgres'), ['-D', data, ...flags], { ...account, cwd: folder, stdio: ['ignore', log.fd, log.fd] });
  await log.close();
  while (!(await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).includes('ready')) {
    if (server.exitCode !== null) throw new Error(await readFile(join(folder, 'log'), 'utf8'));
    await sleep(10);
  }
  const pool = new pg.Pool({ host: folder, user: 'postgres', database: 'postgres', max: 8 });
  // The server is told to stop while connections that were given up are still closing.
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.on('error', () => {}));
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  return {
    db,
    async [Symbol.asyncDispose]() {
      await db.destroy();
      const ended = once(server, 'exit');
      server.kill('SIGINT');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

async function postgresAccount(): Promise<{ readonly uid: number; readonly gid: number }> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const line = lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody');
  return { uid: Number(line![2]), gid: Number(line![3]) };
}
