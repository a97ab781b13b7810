import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@neb/core-types';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFile, waitForLock } from './process-lock.ts';
import { startOf } from './processes.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neb-lock-'));
  path = join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true }));

test('only one holds it, and whoever comes after is told who', async () => {
  const lock = await lockFile(path);
  await expect(lockFile(path)).rejects.toMatchObject({ code: 'conflict', message: `another process (${process.pid}) holds ${path}` });
  await lock[Symbol.asyncDispose]();
  await (await lockFile(path))[Symbol.asyncDispose]();
  expect(await readdir(folder)).toEqual(['lock.2']);
});

test('one who was killed holds it no longer', async () => {
  const module = join(import.meta.dirname, 'process-lock.ts');
  const child = spawn(process.execPath, ['--input-type=module', '-e', `const { lockFile } = await import(${JSON.stringify(module)}); await lockFile(${JSON.stringify(path)}); console.log('held'); setInterval(() => {}, 1000);`], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  await expect(lockFile(path)).rejects.toMatchObject({ code: 'conflict' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  await (await lockFile(path))[Symbol.asyncDispose]();
});

test('a process that has got the number of a dead holder does not hold it', async () => {
  await writeFile(`${path}.1`, `${process.ppid} 12345`);
  await (await lockFile(path))[Symbol.asyncDispose]();
  expect(await startOf(process.ppid)).not.toBe('12345');
});

test('of many who find a dead one\'s lock one gets it', async () => {
  for (let round = 0; round < 20; round++) {
    await writeFile(`${path}.${100 * (round + 1)}`, '999999999 1');
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lockFile(path)));
    const held = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(held).toHaveLength(1);
    await held[0]![Symbol.asyncDispose]();
  }
});

test('those who wait get it one after another', async () => {
  let inside = 0;
  let most = 0;
  await Promise.all(Array.from({ length: 12 }, async () => {
    const lock = await waitForLock(path, systemClock);
    most = Math.max(most, ++inside);
    await systemClock.sleep(5);
    inside--;
    await lock[Symbol.asyncDispose]();
  }));
  expect(most).toBe(1);
});
