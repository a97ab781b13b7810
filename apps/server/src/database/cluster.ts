import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chown, mkdir, open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Clock, messageOf, NebError } from '@neb/core-types';
import { type Account, canReach, unprivilegedAccount } from './account.ts';
import { binaryFolders, findBinaries } from './binaries.ts';

const run = promisify(execFile);

/** A PostgreSQL data folder of ours, with the unix socket that reaches its server. */
export interface Cluster {
  readonly socketDir: string;
  /** Starts the server, or finds it running, as after a crash of ours. Answers once a connection may succeed. */
  ensureRunning(): Promise<void>;
  /** Asks the server to stop at once but cleanly, and waits until it has. */
  stop(): Promise<void>;
}

/** Small and durable: one machine, a handful of connections, every commit on disk. */
const settings = {
  listen_addresses: '', unix_socket_permissions: '0700', max_connections: '30', shared_buffers: '16MB', jit: 'off',
  wal_level: 'minimal', max_wal_senders: '0', max_wal_size: '256MB', min_wal_size: '32MB', checkpoint_timeout: '30min',
  autovacuum_max_workers: '1', max_worker_processes: '2', max_parallel_workers: '0', huge_pages: 'off', log_min_messages: 'warning',
} as const;

const startMs = 30_000;
const stopMs = 10_000;

/** The cluster of a neb data folder; made on first use. Throws `unsupported` where PostgreSQL cannot run. */
export async function openCluster(dataDir: string, searchPath: string, clock: Clock): Promise<Cluster> {
  const account = await unprivilegedAccount();
  const folder = await clusterFolder(dataDir, account);
  const data = join(folder, 'data');
  const made = await readFile(join(data, 'PG_VERSION'), 'utf8').then((text) => Number(text.trim()), () => undefined);
  const binaries = await findBinaries(await binaryFolders(searchPath), made);
  const socketDir = await ownFolder(socketFolder(folder), account);

  async function ensureRunning(): Promise<void> {
    if ((await serverPid()) !== undefined) return await untilAccepting();
    const log = await open(join(folder, 'postgres.log'), 'a');
    const flags = Object.entries({ ...settings, unix_socket_directories: socketDir }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    // In a session of its own, so that a Ctrl-C meant for us does not reach it before we are done with it.
    const child = spawn(binaries.postgres, ['-D', data, ...flags], { ...account, cwd: folder, detached: true, stdio: ['ignore', log.fd, log.fd], env: { LC_ALL: 'C' } });
    child.once('error', () => {});
    child.unref();
    await log.close();
    await untilAccepting();
  }

  async function untilAccepting(): Promise<void> {
    const deadline = clock.now() + startMs;
    while (clock.now() < deadline) {
      // The last line of the pid file tells how far the server is.
      if ((await pidFile())?.at(-1)?.trim() === 'ready') return;
      await clock.sleep(20);
    }
    const log = await readFile(join(folder, 'postgres.log'), 'utf8').catch(() => '');
    throw new NebError('unavailable', `the private PostgreSQL did not start within ${startMs / 1_000} s: ${log.trim().split('\n').at(-1)}`, { hint: `Its log is ${join(folder, 'postgres.log')}.` });
  }

  const pidFile = async (): Promise<readonly string[] | undefined> =>
    await readFile(join(data, 'postmaster.pid'), 'utf8').then((text) => text.trimEnd().split('\n'), () => undefined);

  /** Of a server that runs: its file may have outlived it, and the number belong to another program by now. */
  async function serverPid(): Promise<number | undefined> {
    const pid = Number((await pidFile())?.[0] ?? 0);
    if (pid <= 0 || !isAlive(pid)) return undefined;
    const program = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'postgres');
    return program.includes('postgres') ? pid : undefined;
  }

  if (made === undefined) await initialise();
  return {
    socketDir,
    ensureRunning,
    async stop() {
      const pid = await serverPid();
      if (pid === undefined) return;
      process.kill(pid, 'SIGINT');
      const deadline = clock.now() + stopMs;
      while (isAlive(pid) && clock.now() < deadline) await clock.sleep(20);
    },
  };

  async function initialise(): Promise<void> {
    await ownFolder(data, account);
    try {
      await run(binaries.initdb, ['-D', data, '-U', 'neb', '--auth=trust', '-E', 'UTF8', '--locale=C'], { ...account, cwd: folder, timeout: 120_000, env: { LC_ALL: 'C', PATH: searchPath } });
    } catch (cause) {
      throw new NebError('unsupported', `the private PostgreSQL cannot be set up in ${data}: ${messageOf(cause)}`, { cause, hint: 'Name a server in DATABASE_URL instead.' });
    }
  }
}

/** In the data folder; or, where the account cannot get there, as under root's home, beside the system's own state. */
async function clusterFolder(dataDir: string, account: Account | undefined): Promise<string> {
  const wanted = join(dataDir, 'postgres');
  // Our own data folder is closed to others on purpose, so root never keeps the cluster inside it.
  if (!account) return await ownFolder(wanted, account);
  const beside = `${dataDir}-postgres`;
  if (await canReach(beside)) return await ownFolder(beside, account);
  return await ownFolder(join('/var/lib/neb', createHash('sha256').update(dataDir).digest('hex').slice(0, 12)), account);
}

/** A socket's path has at most 107 bytes. */
function socketFolder(folder: string): string {
  const inside = join(folder, 'run');
  return Buffer.byteLength(inside) <= 80 ? inside : join(tmpdir(), `neb-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`);
}

async function ownFolder(path: string, account: Account | undefined): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o755 });
  if (account) await chown(path, account.uid, account.gid);
  return path;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
