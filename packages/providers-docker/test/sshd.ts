import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@neb/core-types/testing';
import type { SshTarget } from '../src/index.ts';

export interface Sshd {
  /** How to log in, with the right key for a host that is known. */
  readonly target: SshTarget;
  /** Its host key, as `known_hosts` has it. */
  readonly hostKey: string;
  /** How many sockets each of its connections has open: its own, and one for each channel. */
  sockets(): Promise<readonly number[]>;
  /** Breaks every connection there is; new ones are taken. */
  cut(): Promise<void>;
  stop(): Promise<void>;
}

const run = promisify(execFile);

/** An sshd of our own on loopback, with keys and a configuration of its own, in which `more` are lines. */
export async function sshd(...more: readonly string[]): Promise<Sshd> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-sshd-'));
  const at = (name: string): string => join(folder, name);
  for (const name of ['host', 'user']) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
  await mkdir('/run/sshd', { recursive: true }).catch(() => {}); // Where root's sshd separates its privileges.
  const port = await freePort();
  await writeFile(at('config'), [
    `Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${at('host')}`, `PidFile ${at('pid')}`, `AuthorizedKeysFile ${at('user.pub')}`,
    'StrictModes no', 'UsePAM no', 'PasswordAuthentication no', 'PermitRootLogin yes', 'LogLevel QUIET', 'MaxStartups 100', ...more,
  ].join('\n'));
  // As many open files as a service has on most systems.
  const server = spawn('prlimit', ['--nofile=1024:1024', '/usr/sbin/sshd', '-D', '-e', '-f', at('config')], { stdio: ['ignore', 'inherit', 'inherit'] });
  const ended = new Promise((resolve, reject) => server.once('exit', resolve).once('error', reject));
  await Promise.race([listening(port), ended.then(() => Promise.reject(new Error('sshd did not start')))]);
  const [privateKey, hostPublic] = await Promise.all([readFile(at('user'), 'utf8'), readFile(at('host.pub'), 'utf8')]);
  const hostKey = hostPublic.split(' ').slice(0, 2).join(' ');

  async function connections(): Promise<readonly string[]> {
    const { stdout } = await run('ps', ['--ppid', String(server.pid), '-o', 'pid=']).catch(() => ({ stdout: '' }));
    return stdout.split(/\s+/).filter(Boolean);
  }

  return {
    hostKey,
    target: { host: '127.0.0.1', port, username: userInfo().username, privateKey, hostKeys: [hostKey] },
    async sockets() {
      return await Promise.all((await connections()).map(async (pid) => {
        const files = await readdir(`/proc/${pid}/fd`);
        const targets = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => ''))); // Closed just now.
        return targets.filter((target) => target.startsWith('socket:')).length;
      }));
    },
    async cut() {
      for (const pid of await connections()) process.kill(Number(pid), 'SIGKILL');
    },
    async stop() {
      server.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

/** Resolves once something takes connections there. */
export async function listening(port: number): Promise<void> {
  for (const end = performance.now() + 10_000; performance.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const open = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
  }
  throw new Error(`nothing listens at port ${port}`);
}
