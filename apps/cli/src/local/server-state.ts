import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Environment } from '../config.ts';
import { writePrivately } from '../settings/files.ts';

/** A local server that `neb up` started. */
export interface ServerState {
  readonly pid: number;
  readonly url: string;
  /** RFC 3339. */
  readonly started_at: string;
}

/** Files of a local server in the data folder. */
export function localFiles({ dataDir }: Environment): { readonly state: string; readonly log: string; readonly token: string } {
  return { state: join(dataDir, 'server.json'), log: join(dataDir, 'server.log'), token: join(dataDir, 'token') };
}

export function writeState(env: Environment, state: ServerState): void {
  writePrivately(localFiles(env).state, `${JSON.stringify(state)}\n`);
}

export async function dropState(env: Environment): Promise<void> {
  await rm(localFiles(env).state, { force: true });
}

/** What `neb up` wrote last; `undefined` where there is nothing, or nothing that makes sense. */
export async function readState(env: Environment): Promise<ServerState | undefined> {
  try {
    const found: unknown = JSON.parse(await readFile(localFiles(env).state, 'utf8'));
    if (typeof found !== 'object' || found === null) return undefined;
    const { pid, url, started_at: startedAt } = found as Partial<ServerState>;
    return typeof pid === 'number' && typeof url === 'string' && typeof startedAt === 'string' ? { pid, url, started_at: startedAt } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the process is there and is a neb server: its number may belong to another program by now. */
export async function isServer(pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').then(
    (text) => text.replaceAll('\0', ' '),
    () => promisify(execFile)('ps', ['-p', String(pid), '-o', 'command=']).then(({ stdout }) => stdout, () => ''),
  );
  return / serve( |$)/.test(command.trim());
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
