import { execFile, spawn } from 'node:child_process';
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '@neb/core-types/testing';
import { systemClock } from '@neb/core-types';

const version = '5.2.5';
/** Kept between runs, since making it takes a minute. */
const folder = fileURLToPath(new URL(`../../../.tools/moto-${version}/`, import.meta.url));

/** An EC2 that none of us wrote: moto's server on loopback. */
export interface Moto extends AsyncDisposable {
  readonly url: string;
}

/** Starts it, in a Python environment of its own that is made where it is not there yet; a sentence where that cannot be. */
export async function moto(): Promise<Moto | string> {
  const missing = await installed();
  if (missing !== undefined) return missing;
  const port = await freePort();
  const server = spawn(join(folder, 'bin/python'), ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const ended = new Promise((resolve) => server.once('exit', resolve).once('error', resolve));
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; !(await fetch(`${url}/moto-api/data.json`).then(({ ok }) => ok, () => false)); tries++) {
    if (tries > 300 || server.exitCode !== null) return 'moto\'s server does not start';
    await systemClock.sleep(200);
  }
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.kill('SIGKILL'); // It has nothing to tidy up, and is slow to say so.
      await ended;
    },
  };
}

async function installed(): Promise<string | undefined> {
  const ready = join(folder, 'ready');
  if (await access(ready).then(() => true, () => false)) return undefined;
  const run = promisify(execFile);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    await run('python3', ['-m', 'venv', folder]);
    await run(join(folder, 'bin/python'), ['-m', 'pip', 'install', '--quiet', `moto[ec2,server,ssm]==${version}`], { timeout: 280_000 });
    await writeFile(ready, '');
    return undefined;
  } catch (error) {
    const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: string };
    if (code === 'ENOENT') return 'python3 is not installed';
    return `moto cannot be installed: ${stderr?.trim().split('\n').at(-1) ?? String(error)}`;
  }
}
