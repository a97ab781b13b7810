import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { HaproxyConfig } from '../src/render/haproxy.ts';

/** A folder for a configuration, gone after the test. */
export async function haproxyFolder(): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-haproxy-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** What HAProxy itself says about a configuration: empty where it takes it without a word. */
export async function complaintsOf({ files }: HaproxyConfig, folder: string): Promise<string> {
  await write(files, folder);
  const { stdout, stderr } = await promisify(execFile)('haproxy', ['-c', '-f', join(folder, 'haproxy.cfg')]).catch((error: { stdout: string; stderr: string }) => error);
  return `${stdout}${stderr}`.replaceAll(/^.*Configuration file is valid\n/gm, '');
}

/** A HAProxy with that configuration, which listens at `port`. */
export async function haproxy({ files }: HaproxyConfig, { folder, port }: { readonly folder: string; readonly port: number }): Promise<AsyncDisposable> {
  await write(files, folder);
  const child = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text; });
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) throw new Error(`haproxy ended: ${said}`);
    if (await fetch(`http://127.0.0.1:${port}/`, { headers: { 'x-resource': 'nobody' } }).then(() => true, () => false)) break;
    await sleep(20);
  }
  return {
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

async function write(files: HaproxyConfig['files'], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
}
