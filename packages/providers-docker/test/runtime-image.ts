import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type EngineClient, path } from '../src/connection/client.ts';
import { type TestImage, unique } from './real-engine.ts';

export type Runtime = 'node' | 'python';

const run = promisify(execFile);

/** An image of busybox and this machine's Node or Python, with the libraries it is linked to. */
export async function runtimeImage(runtime: Runtime, api: EngineClient): Promise<TestImage> {
  const [repo, tag] = ['neb-test', unique(runtime)];
  const image = `${repo}:${tag}`;
  const root = await mkdtemp(join(tmpdir(), 'neb-image-'));
  for (const folder of ['tmp', 'etc']) await mkdir(join(root, folder));
  const program = await realpath(runtime === 'node' ? process.execPath : '/usr/bin/python3');
  const stdlib = runtime === 'python' ? [(await run(program, ['-c', 'import os; print(os.path.dirname(os.__file__))'])).stdout.trim()] : [];
  const modules = stdlib.length > 0 ? (await run('find', [`${stdlib[0]}/lib-dynload`, '-name', '*.so'])).stdout.trim().split('\n') : [];
  const { stdout: linked } = await run('ldd', [program, ...modules]);
  const libraries = [...new Set([...linked.matchAll(/(\/\S+\.so\S*) \(/g)].map(([, file = '']) => file))];
  const without = ['test', 'idlelib', 'lib2to3', 'ensurepip', 'pydoc_data', '__pycache__', 'dist-packages'].map((name) => `--exclude=${name}`);
  const files = [program, ...stdlib, ...libraries, '/bin/busybox'].map((file) => file.slice(1));
  const named = ['--transform', `s,^${program.slice(1)}$,bin/${runtime},`, '-C', '/', ...files, '-C', root, 'tmp', 'etc'];
  const tar = spawn('tar', ['-c', '-h', ...without, ...named], { stdio: ['ignore', 'pipe', 'inherit'] });
  await api.done({ method: 'POST', path: '/images/create', query: { fromSrc: '-', repo: image, tag }, upload: tar.stdout, headers: { 'Content-Type': 'application/x-tar' }, timeoutMs: 120_000 });
  await rm(root, { recursive: true });
  return { image, remove: () => api.done({ method: 'DELETE', path: path`/images/${image}`, query: { force: true } }) };
}
