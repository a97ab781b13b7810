import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Clock, messageOf, NebError } from '@neb/core-types';
import { type Account, unprivilegedAccount } from './account.ts';
import { type Binaries, binaryFolders, findBinaries, reachableBinaries } from './binaries.ts';
import { clusterFolder } from './cluster-folder.ts';
import { removeStalePidFile, runningPostmaster } from './postmaster.ts';
import { isAlive } from './processes.ts';
import { serverFlags } from './server-settings.ts';
import { waitForLock } from './process-lock.ts';

const run = promisify(execFile);
const startMs = 60_000;
const stopMs = 10_000;
const pollMs = 15;
const logBytes = 1_000_000;

/** A PostgreSQL data folder of ours, with the unix socket that reaches its server. */
export interface Cluster {
  readonly socketDir: string;
  readonly logFile: string;
  /** Starts the server, or finds it running, as after a crash of ours. Answers once it takes connections. */
  ensureRunning(): Promise<void>;
  /** Stops the server at once but cleanly, or, where that takes longer than ten seconds, as a power cut would. */
  stop(): Promise<void>;
  /** Does something while no other process of ours starts or stops this server. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

export interface ClusterOptions {
  readonly dataDir: string;
  /** Where programs are looked for, as PATH has it. */
  readonly searchPath: string;
  readonly clock: Clock;
  /** Where root keeps what an account without rights could not reach otherwise; /var/lib/neb by default. */
  readonly systemDir?: string | undefined;
}

/**
 * The cluster of a neb data folder; made on first use. Throws `unsupported` where PostgreSQL cannot run, and
 * `unavailable` where there is a cluster but nothing that can open it.
 */
export async function openCluster({ dataDir, searchPath, clock, systemDir = '/var/lib/neb' }: ClusterOptions): Promise<Cluster> {
  const account = await unprivilegedAccount();
  const { folder, socketDir } = await clusterFolder(dataDir, account, systemDir);
  const data = join(folder, 'data');
  const logFile = join(folder, 'postgres.log');
  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    const lock = await waitForLock(join(folder, 'lock'), clock);
    return await work().finally(() => lock[Symbol.asyncDispose]());
  };
  const binaries = await alone(async () => {
    const made = await majorOfCluster(data);
    const found = await chosenBinaries(searchPath, made, folder);
    const reachable = account ? await reachableBinaries(found, account, systemDir) : found;
    if (made === undefined) await initialise({ binaries: reachable, folder, data, account, searchPath });
    return reachable;
  });

  async function ensureRunning(): Promise<void> {
    const running = await runningPostmaster(data);
    if (running) return await untilReady(() => isAlive(running.pid));
    await removeStalePidFile(data);
    const child = await start();
    await untilReady(() => child.exitCode === null && child.signalCode === null);
  }

  async function start(): Promise<ChildProcess> {
    const size = await stat(logFile).then((facts) => facts.size, () => 0);
    const log = await open(logFile, size > logBytes ? 'w' : 'a', 0o600);
    try {
      // In a session of its own, so that a Ctrl-C meant for us does not reach it before we are done with it.
      const child = spawn(binaries.postgres, ['-D', data, ...serverFlags(binaries.major, socketDir)], {
        ...account, cwd: folder, detached: true, stdio: ['ignore', log.fd, log.fd], env: { LC_ALL: 'C', TZ: 'UTC' },
      });
      child.once('error', () => {});
      child.unref();
      return child;
    } finally {
      await log.close();
    }
  }

  async function untilReady(isThere: () => boolean): Promise<void> {
    const deadline = clock.now() + startMs;
    while (!(await runningPostmaster(data))?.ready) {
      if (!isThere()) throw await didNotStart('ended while it started');
      if (clock.now() >= deadline) throw await didNotStart(`did not start within ${startMs / 1_000} s`);
      await clock.sleep(pollMs);
    }
  }

  async function didNotStart(what: string): Promise<NebError> {
    const log = await readFile(logFile, 'utf8').catch(() => '');
    const why = log.trim().split('\n').findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ?? log.trim().split('\n').at(-1);
    return new NebError('unavailable', `the private PostgreSQL ${what}${why ? `: ${why}` : ''}`, { hint: `Its log is ${logFile}.` });
  }

  return {
    socketDir,
    logFile,
    ensureRunning,
    alone,
    async stop() {
      const running = await runningPostmaster(data);
      if (!running) return;
      for (const [signal, ms] of [['SIGINT', stopMs], ['SIGQUIT', stopMs / 2]] as const) {
        process.kill(running.pid, signal);
        const deadline = clock.now() + ms;
        while (isAlive(running.pid) && clock.now() < deadline) await clock.sleep(pollMs);
        if (!isAlive(running.pid)) return;
      }
    },
  };
}

async function majorOfCluster(data: string): Promise<number | undefined> {
  return await readFile(join(data, 'PG_VERSION'), 'utf8').then((text) => Number(text.trim()), () => undefined);
}

async function chosenBinaries(searchPath: string, made: number | undefined, folder: string): Promise<Binaries> {
  const folders = await binaryFolders(searchPath);
  const found = await findBinaries(folders, made);
  if (found) return found;
  if (made === undefined) throw new NebError('unsupported', 'there is no PostgreSQL 15 or newer on this machine', { hint: 'Install it (apt-get install postgresql), or name a server in DATABASE_URL.' });
  const other = await findBinaries(folders);
  const there = other ? `this machine has PostgreSQL ${other.major}` : 'this machine has none';
  throw new NebError('unavailable', `the database in ${folder} was made by PostgreSQL ${made}, which alone can open it, and ${there}`, {
    hint: `Install PostgreSQL ${made}, or move the data with pg_dump, or choose another NEB_DATA_DIR to begin anew.`,
  });
}

/** Makes the cluster under another name first, so that one that was cut off is never taken for whole. */
async function initialise({ binaries, folder, data, account, searchPath }: { readonly binaries: Binaries; readonly folder: string; readonly data: string; readonly account: Account | undefined; readonly searchPath: string }): Promise<void> {
  const draft = await mkdtemp(join(folder, 'making-'));
  try {
    if (account) await run('chown', [`${account.uid}:${account.gid}`, draft]);
    await run(binaries.initdb, ['-D', draft, '-U', 'neb', '--auth=trust', '-E', 'UTF8', '--locale=C'], { ...account, cwd: folder, timeout: 120_000, env: { LC_ALL: 'C', PATH: searchPath } });
    await rename(draft, data);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    throw new NebError('unsupported', `a private PostgreSQL cannot be set up in ${folder}: ${messageOf(cause)}`, { cause, hint: 'Name a server in DATABASE_URL instead.' });
  }
}
