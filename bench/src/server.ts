import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '@neb/core-types/testing';
import { createNeb, type Neb } from '@neb/sdk';

export interface BenchServer {
  readonly neb: Neb;
  readonly url: string;
  readonly token: string;
  readonly dataDir: string;
  readonly pid: number;
  [Symbol.asyncDispose](): Promise<void>;
}

export const command = resolve(import.meta.dirname, '../../apps/cli/dist/main.js');

/** The built server as a user starts it, on a free port and an empty data folder. */
export async function startServer(env: Readonly<Record<string, string>> = {}): Promise<BenchServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'neb-bench-'));
  const port = await freePort();
  const log = await open(join(dataDir, 'server.log'), 'w');
  const child = spawn(process.execPath, [command, 'serve', '--port', String(port)], {
    env: { ...process.env, NEB_DATA_DIR: dataDir, NEB_LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', log.fd, log.fd],
  });
  await log.close();
  const url = `http://127.0.0.1:${port}`;
  await ready(url, child, dataDir);
  const token = (await readFile(join(dataDir, 'token'), 'utf8')).trim();
  return {
    neb: createNeb({ url, token }),
    url,
    token,
    dataDir,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await ended;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function ready(url: string, child: ChildProcess, dataDir: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the server ended: ${await readFile(join(dataDir, 'server.log'), 'utf8')}`);
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`the server was not ready within 60 s: ${await readFile(join(dataDir, 'server.log'), 'utf8')}`);
}
