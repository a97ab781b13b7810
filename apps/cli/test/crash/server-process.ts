import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort } from '@neb/core-types/testing';

const command = resolve(import.meta.dirname, '../../dist/main.js');

/** The built server as a process of its own, which can be killed at any moment and started again on the same data. */
export interface ServerProcess {
  readonly url: string;
  /** Starts it; answers before it is ready. */
  start(): void;
  /** SIGKILL, and nothing else: its PostgreSQL and its containers are left to themselves. */
  kill(): Promise<void>;
  ready(deadlineMs: number): Promise<void>;
  /** SIGTERM, to the end. */
  stop(): Promise<void>;
}

export async function serverProcess(dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const logFile = join(dataDir, 'server.log');
  let child: ChildProcess | undefined;

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };

  return {
    url,
    start() {
      const log = openSync(logFile, 'a');
      child = spawn(process.execPath, [command, 'serve', '--port', String(port)], {
        env: { ...process.env, NEB_DATA_DIR: dataDir, NEB_LOG_LEVEL: 'warn', ...env },
        stdio: ['ignore', log, log],
      });
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    async ready(deadlineMs) {
      const deadline = Date.now() + deadlineMs;
      while (Date.now() < deadline) {
        if (child?.exitCode !== null && child?.exitCode !== undefined) throw new Error(`the server ended by itself:\n${readFileSync(logFile, 'utf8').slice(-4_000)}`);
        if (await fetch(`${url}/readyz`).then((answer) => answer.ok, () => false)) return;
        await new Promise((done) => setTimeout(done, 50));
      }
      throw new Error(`the server was not ready within ${deadlineMs} ms:\n${readFileSync(logFile, 'utf8').slice(-4_000)}`);
    },
  };
}
