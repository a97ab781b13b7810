import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@neb/core-types/testing';
import type { Hosts } from './hosts.ts';

/** Machines that are sshds on loopback addresses of their own, with the keys that their boot scripts write. Their files, users and Docker are this machine's. */
export interface SshdHosts extends Hosts {
  /** How such a machine is really reached: at its own port, and as who runs this process. */
  reach(address: string): { readonly port: number; readonly username: string };
  /** What the command line wrote into the files below `/run/neb`, which are the machine's own: the folder that stands for it. */
  runFolder(address: string): string;
  /** Ends all of them. */
  close(): Promise<void>;
}

interface Host {
  readonly port: number;
  readonly folder: string;
  end(): Promise<void>;
}

export function sshdHosts(): SshdHosts {
  const hosts = new Map<string, Promise<Host>>();
  const addresses = new Map<string, Host>();
  let booted = 0;

  const at = (address: string): Host => {
    const found = addresses.get(address);
    if (!found) throw new Error(`no machine has the address ${address}`);
    return found;
  };

  async function end(id: string): Promise<void> {
    const host = hosts.get(id);
    hosts.delete(id);
    // One that is still starting is ended once it has.
    await (await host)?.end();
  }

  return {
    async boot({ id, userData, print }) {
      booted++;
      const address = `127.77.${booted >> 8}.${(booted % 255) + 1}`;
      const starting = start(address, filesIn(userData));
      hosts.set(id, starting);
      addresses.set(address, await starting);
      print('neb: this machine is ready\n');
      return { publicAddress: address, privateAddress: address };
    },
    // Another sshd with the same keys, from the same script, is the same machine on the same disk.
    stop: end,
    end,
    reach: (address) => ({ port: at(address).port, username: userInfo().username }),
    runFolder: (address) => at(address).folder,
    async close() {
      await Promise.all([...hosts.keys()].map(end));
    },
  };
}

/** The files that a script writes by here-documents, by the last part of their path. */
function filesIn(script: string): ReadonlyMap<string, string> {
  const written = [...script.matchAll(/^cat > (\S+) <<'(\S+)'\n([\s\S]*?)^\2$/gm)];
  return new Map(written.map(([, path = '', , content = '']) => [path.split('/').at(-1)!, content]));
}

async function start(address: string, files: ReadonlyMap<string, string>): Promise<Host> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-machine-'));
  const at = (name: string): string => join(folder, name);
  await writeFile(at('host'), files.get('ssh_host_ed25519_key') ?? '', { mode: 0o600 });
  await writeFile(at('authorized'), files.get('authorized_keys') ?? '', { mode: 0o600 });
  await mkdir('/run/sshd', { recursive: true }).catch(() => {}); // Where root's sshd separates its privileges.
  const port = await freePort(address);
  await writeFile(at('force'), `#!/bin/sh\neval "$(printf '%s' "$SSH_ORIGINAL_COMMAND" | sed 's#/run/neb/#${folder}/#g')"\n`, { mode: 0o755 });
  await writeFile(at('config'), [
    `Port ${port}`, `ListenAddress ${address}`, `HostKey ${at('host')}`, `PidFile ${at('pid')}`, `AuthorizedKeysFile ${at('authorized')}`, `ForceCommand ${at('force')}`,
    'StrictModes no', 'UsePAM no', 'PasswordAuthentication no', 'PermitRootLogin yes', 'LogLevel QUIET', 'MaxStartups 100', 'GatewayPorts clientspecified',
  ].join('\n'));
  const server = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', at('config')], { stdio: 'ignore' });
  const ended = new Promise((resolve, reject) => server.once('exit', resolve).once('error', reject));
  await Promise.race([listening(address, port), ended.then(() => Promise.reject(new Error('sshd did not start')))]);
  return {
    port, folder,
    async end() {
      server.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

const triesAtMost = 500;

async function listening(address: string, port: number): Promise<void> {
  for (let tries = 0; tries < triesAtMost; tries++) {
    const open = await new Promise((resolve) => {
      const socket = connect(port, address, () => resolve(true)).on('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await sleep(20);
  }
  throw new Error(`nothing listens at ${address}:${port}`);
}
