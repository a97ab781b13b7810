import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Inside, Program } from '@neb/cloud-simulator';

/** Where a program of this machine is; `undefined` where it has none. */
export function programPath(name: string): string | undefined {
  try {
    // A shim of a version manager would need the rest of the path.
    if (name === 'python3') return execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
    return execFileSync('sh', ['-c', `command -v ${name}`]).toString().trim();
  } catch {
    return undefined;
  }
}

/** Runs what a pod is told to run in a real shell, as a container would whose image has `sh`, `cat`, `sleep` and `programs`. */
export function realShell(...programs: readonly string[]): Program {
  return async ({ args, env, say, stopped }: Inside) => {
    const folder = await mkdtemp(join(tmpdir(), 'neb-pod-'));
    for (const name of ['sh', 'cat', 'sleep', ...programs]) await symlink(programPath(name)!, join(folder, name));
    // A container has a /tmp of its own.
    const inside = { ...env, NEB_WRAPPER: (env['NEB_WRAPPER'] ?? '').replaceAll('/tmp/', `${folder}/`), PATH: folder };
    const child = spawn(join(folder, 'sh'), ['-c', `${args} 2>&1`], { env: inside, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (text + chunk.toString()).split('\n');
      text = lines.pop()!;
      lines.forEach(say);
    });
    const stop = (): void => void process.kill(-child.pid!, 'SIGTERM');
    stopped.addEventListener('abort', stop);
    const code = await new Promise<number>((resolve) => { child.on('close', (exit) => resolve(exit ?? 137)); });
    stopped.removeEventListener('abort', stop);
    await rm(folder, { recursive: true });
    return code;
  };
}
