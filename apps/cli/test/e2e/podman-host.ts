import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A Podman of this machine with storage, networks and a socket of its own: what a host of platform `podman` is. Only the socket leads there. */
export interface PodmanHost extends AsyncDisposable {
  readonly socketPath: string;
  /** Its own command, to see the world as it is. */
  podman(...words: readonly string[]): Promise<string>;
}

export async function podmanHost(): Promise<PodmanHost> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-podman-host-'));
  const at = (name: string): string => join(folder, name);
  await writeFile(at('containers.conf'), [
    // Podman's own limits are more than a machine without CAP_SYS_RESOURCE may give.
    '[containers]', 'default_ulimits = ["nofile=20000:20000", "nproc=10000:10000"]',
    '[engine]', 'cgroup_manager = "cgroupfs"', 'events_logger = "file"', 'runtime = "runc"', 'exit_command_delay = 10', '[network]', 'network_backend = "netavark"',
  ].join('\n'));
  const env = { ...process.env, CONTAINERS_CONF: at('containers.conf') };
  const where = ['--root', at('root'), '--runroot', at('run'), '--tmpdir', at('tmp'), '--network-config-dir', at('net'), '--storage-driver', 'overlay'];
  const socketPath = at('sock');
  // Netavark names its rules for a network's name, which is the same on all hosts: two in one namespace would take away each other's.
  const space = `neb-${folder.slice(-6)}`;
  await run('ip', ['netns', 'add', space]);
  await run('ip', ['-n', space, 'link', 'set', 'lo', 'up']);
  const inside = [`--net=/run/netns/${space}`, 'podman', ...where];
  const server = spawn('nsenter', [...inside, 'system', 'service', '-t', '0', `unix://${socketPath}`], { stdio: 'ignore', env });
  const ended = once(server, 'exit');
  while (!(await access(socketPath).then(() => true, () => false))) await new Promise((done) => setTimeout(done, 20));
  const podman = async (...words: readonly string[]): Promise<string> => (await run('nsenter', [...inside, ...words], { env })).stdout;

  return {
    socketPath, podman,
    async [Symbol.asyncDispose]() {
      await podman('rm', '-f', '-a', '-t', '0');
      server.kill();
      await ended;
      const mounts = [...(await readFile('/proc/self/mountinfo', 'utf8')).matchAll(/^\S+ \S+ \S+ \S+ (\S+)/gm)].map(([, mount = '']) => mount);
      for (const mount of mounts.filter((one) => one.startsWith(`${folder}/`)).toReversed()) await run('umount', ['-l', mount]).catch(() => undefined); // Gone by itself just now.
      await rm(folder, { recursive: true, force: true });
      await run('ip', ['netns', 'del', space]);
    },
  };
}
