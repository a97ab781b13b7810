import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LaunchSpec } from '@neb/core-types';

const run = promisify(execFile);

/** A Podman with storage of its own, as its command drives it: the floor that suspending is measured against. */
export interface BarePodman extends AsyncDisposable {
  readonly socketPath: string;
  /** This machine's Python and its libraries. */
  readonly image: string;
  podman(...words: readonly string[]): Promise<void>;
  run(name: string, spec: LaunchSpec): Promise<void>;
  /** What its command can do at its quickest: uncompressed, while the first one runs on. */
  fork(from: string, to: string): Promise<void>;
}

export async function barePodman(folder: string): Promise<BarePodman> {
  await mkdir(folder, { recursive: true });
  const at = (name: string): string => join(folder, name);
  await writeFile(at('containers.conf'), [
    '[containers]', 'default_ulimits = ["nofile=20000:20000", "nproc=10000:10000"]',
    '[engine]', 'cgroup_manager = "cgroupfs"', 'events_logger = "file"', 'runtime = "runc"', '[network]', 'network_backend = "netavark"',
  ].join('\n'));
  const env = { ...process.env, CONTAINERS_CONF: at('containers.conf') };
  const where = ['--root', at('root'), '--runroot', at('run'), '--tmpdir', at('tmp'), '--network-config-dir', at('net'), '--storage-driver', 'overlay'];
  const podman = async (...words: readonly string[]): Promise<void> => void (await run('podman', [...where, ...words], { env, maxBuffer: 2 ** 26 }));
  const image = 'localhost/neb-bench-python:latest';
  await importPython(folder, (file) => podman('import', file, image));
  const socketPath = at('sock');
  const server = spawn('podman', [...where, 'system', 'service', '-t', '0', `unix://${socketPath}`], { stdio: 'ignore', env });
  const ended = once(server, 'exit');
  while (!(await access(socketPath).then(() => true, () => false))) await new Promise((done) => setTimeout(done, 20));

  return {
    socketPath, image, podman,
    run: (name, { entrypoint = [] }) => podman('run', '-d', '--name', name, '--cap-drop', 'NET_RAW,MKNOD', image, ...entrypoint),
    async fork(from, to) {
      const archive = at('fork.tar');
      await podman('container', 'checkpoint', '--leave-running', '--compress', 'none', '--export', archive, from);
      await podman('container', 'restore', '--import', archive, '--name', to);
      await rm(archive);
    },
    async [Symbol.asyncDispose]() {
      if (server.exitCode !== null || server.signalCode !== null) return;
      await podman('rm', '-f', '-a', '-t', '0');
      server.kill();
      await ended;
      const mounts = [...(await readFile('/proc/self/mountinfo', 'utf8')).matchAll(/^\S+ \S+ \S+ \S+ (\S+)/gm)].map(([, mount = '']) => mount);
      for (const mount of mounts.filter((one) => one.startsWith(`${folder}/`)).toReversed()) await run('umount', ['-l', mount]).catch(() => undefined); // Gone by itself just now.
    },
  };
}

async function importPython(folder: string, take: (file: string) => Promise<void>): Promise<void> {
  const program = await realpath('/usr/bin/python3');
  const { stdout: library } = await run(program, ['-c', 'import os; print(os.path.dirname(os.__file__))']);
  const { stdout: linked } = await run('ldd', [program]);
  const files = [program, library.trim(), ...[...linked.matchAll(/(\/\S+\.so\S*) \(/g)].map(([, file = '']) => file)].map((file) => file.slice(1));
  const tar = join(folder, 'python.tar');
  const without = ['test', 'idlelib', 'lib2to3', 'ensurepip', 'lib-dynload', 'dist-packages'].map((name) => `--exclude=${name}`);
  await run('tar', ['-c', '-h', '-f', tar, ...without, '--transform', `s,^${program.slice(1)}$,bin/python,`, '-C', '/', ...files]);
  await take(tar);
  await rm(tar);
}
