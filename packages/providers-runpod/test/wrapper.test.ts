import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Inside } from '@neb/cloud-simulator';
import { collect } from '@neb/core-types';
import { describe, expect, it } from 'vitest';
import { command, world } from './world.ts';

/** Runs what a pod is told to run in a real shell, as a container of an image with `sh` and what is in this machine's path would. */
async function realShell({ args, env, say, stopped }: Inside): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-pod-'));
  // A container has a /tmp of its own.
  const inOwnFolder = { ...env, NEB_WRAPPER: env['NEB_WRAPPER']?.replaceAll('/tmp/', `${folder}/`) ?? '', PATH: process.env['PATH'] };
  const child = spawn('sh', ['-c', args], { env: inOwnFolder, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
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
}

describe('a command in a real shell', () => {
  it('ends once, and its pod tells how', async () => {
    await using w = await world({ program: realShell, stepMs: 20 });
    const { ref } = await w.create('a', command('sh', '-c', 'echo "hello $NEB_KEY"; printf "no end"; exit 3'));
    const following = collect(w.provider.logs(ref, { follow: true }));
    expect((await w.reach(ref, 'exited')).exitCode).toBe(3);
    expect((await following).map(({ text }) => text)).toEqual(['hello a', 'no end']);
    await w.settle(() => w.cloud.pods()[0]?.status === 'EXITED');
    expect(w.cloud.pods()[0]?.name).toBe('neb.f.a.exit-3');
  });

  it('that is told to stop is stopped, and has not ended by itself', async () => {
    await using w = await world({ program: realShell, stepMs: 20 });
    const { ref } = await w.create('a', command('sh', '-c', 'trap "echo bye; exit 0" TERM; echo ready; while :; do sleep 0.05; done'));
    await w.reach(ref, 'running');
    await w.settle(async () => (await collect(w.provider.logs(ref, {}))).length > 0);
    await w.provider.suspend.save(ref);
    expect((await w.reach(ref, 'suspended')).exitCode).toBeUndefined();
  });

  it('that is not there ends with 127', async () => {
    await using w = await world({ program: realShell, stepMs: 20 });
    const { ref } = await w.create('a', command('no-such-command-here'));
    expect((await w.reach(ref, 'exited')).exitCode).toBe(127);
  });
});
