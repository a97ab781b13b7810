import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type EngineClient, engineClient } from '../src/connection/client.ts';
import { unixTransport } from '../src/connection/local.ts';
import { until } from './real-engine.ts';

/** An engine of our own on this machine, with its own storage. It goes away with all that is in it. */
export interface OwnEngine {
  readonly kind: 'podman' | 'docker';
  readonly socketPath: string;
  /** Where it keeps all that it has. */
  readonly folder: string;
  readonly api: EngineClient;
  stop(): Promise<void>;
}

const run = promisify(execFile);

/**
 * Podman, with runc, whose containers can be saved. With `isHost` in a network namespace of its own, as a machine has: netavark names its rules
 * for a network's name, and two in one namespace with networks of the same names would take away each other's.
 */
export async function podmanEngine({ isHost = false }: { readonly isHost?: boolean } = {}): Promise<OwnEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-podman-'));
  const at = (name: string): string => join(folder, name);
  await writeFile(at('containers.conf'), [
    '[containers]',
    // Podman's own are more than a machine without CAP_SYS_RESOURCE may give.
    'default_ulimits = ["nofile=20000:20000", "nproc=10000:10000"]',
    '[engine]', 'cgroup_manager = "cgroupfs"', 'events_logger = "file"', 'runtime = "runc"',
    // Seconds that each command's monitor stays: 300 otherwise, long after its engine is gone.
    'exit_command_delay = 10',
    '[network]', 'network_backend = "netavark"',
  ].join('\n'));
  await mkdir(at('temporary'));
  const words = [
    'podman', '--root', at('root'), '--runroot', at('run'), '--tmpdir', at('tmp'), '--network-config-dir', at('net'), '--storage-driver', 'overlay',
    'system', 'service', '-t', '0', `unix://${at('sock')}`,
  ];
  const space = `neb-${folder.slice(-6)}`;
  if (isHost) {
    await run('ip', ['netns', 'add', space]);
    await run('ip', ['-n', space, 'link', 'set', 'lo', 'up']);
  }
  const [program = '', ...rest] = isHost ? ['nsenter', `--net=/run/netns/${space}`, ...words] : words;
  const server = spawn(program, rest, { stdio: 'ignore', env: { ...process.env, CONTAINERS_CONF: at('containers.conf'), TMPDIR: at('temporary') } });
  const engine = await serving('podman', server, { folder, socketPath: at('sock') });
  return {
    ...engine,
    async stop() {
      await engine.stop();
      if (isHost) await run('ip', ['netns', 'del', space]);
    },
  };
}

/** Docker, with experimental features on and a bridge of its own. `none` instead of a bridge would take away that of the machine's Docker. */
export async function dockerEngine(): Promise<OwnEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-docker-'));
  const at = (name: string): string => join(folder, name);
  const bridge = `neb-${folder.slice(-6)}`;
  await run('ip', ['link', 'add', bridge, 'type', 'bridge']);
  await run('ip', ['addr', 'add', `10.206.${Math.floor(Math.random() * 256)}.1/24`, 'dev', bridge]);
  await run('ip', ['link', 'set', bridge, 'up']);
  const server = spawn('dockerd', [
    '--experimental', '--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid'), '-H', `unix://${at('sock')}`,
    // Podman's, which keeps io_uring from containers as Docker's own does from 25 on.
    '--seccomp-profile', '/usr/share/containers/seccomp.json', `--bridge=${bridge}`, '--iptables=false', '--ip-masq=false',
  ], { stdio: 'ignore' });
  const engine = await serving('docker', server, { folder, socketPath: at('sock') });
  return {
    ...engine,
    async stop() {
      await engine.stop();
      await run('ip', ['link', 'del', bridge]);
    },
  };
}

async function serving(kind: OwnEngine['kind'], server: ChildProcess, { folder, socketPath }: { readonly folder: string; readonly socketPath: string }): Promise<OwnEngine> {
  const ended = once(server, 'exit');
  const api = engineClient(unixTransport(socketPath));
  const answers = (): Promise<boolean> => api.done({ method: 'GET', path: '/_ping' }).then(() => true, () => false);
  await Promise.race([until(answers, (yes) => yes, 30_000), ended.then(() => Promise.reject(new Error(`${kind} did not start`)))]);
  return {
    kind, socketPath, folder, api,
    async stop() {
      api.close();
      server.kill();
      await ended;
      // Podman mounts the folder of its layers onto itself, and does not undo it.
      const mounts = [...(await readFile('/proc/self/mountinfo', 'utf8')).matchAll(/^\S+ \S+ \S+ \S+ (\S+)/gm)].map(([, at = '']) => at);
      for (const mount of mounts.filter((at) => at.startsWith(`${folder}/`)).toReversed()) await run('umount', ['-l', mount]).catch(() => undefined); // Gone by itself just now.
      await rm(folder, { recursive: true, force: true });
    },
  };
}
