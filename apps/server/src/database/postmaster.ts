import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { commandLine, isAlive, isWorkedIn } from './processes.ts';

/** The server of a data folder, as far as it is. */
export interface Postmaster {
  readonly pid: number;
  /** Whether it takes connections, and is not about to stop. */
  readonly ready: boolean;
}

/** Who serves `data` now; `undefined` if nobody does, whatever a file that outlived its server may say. */
export async function runningPostmaster(data: string): Promise<Postmaster | undefined> {
  const lines = await readFile(pidFile(data), 'utf8').then((text) => text.trimEnd().split('\n'), () => []);
  const pid = Number(lines[0] ?? 0);
  if (!isAlive(pid)) return undefined;
  const words = await commandLine(pid);
  // The number may belong to another program by now.
  if (!words.includes('postgres') || !words.includes(data)) return undefined;
  // The last of its eight lines tells how far it is.
  return { pid, ready: lines.length >= 8 && lines.at(-1)?.trim() === 'ready' };
}

/**
 * Removes the file of a server that died, where nobody serves `data`: PostgreSQL itself would take any process of
 * ours that has got its number for the server, and refuse to start. Never while a process of the dead server is left.
 */
export async function removeStalePidFile(data: string): Promise<void> {
  if ((await isWorkedIn(data)) === false) await rm(pidFile(data), { force: true });
}

function pidFile(data: string): string {
  return join(data, 'postmaster.pid');
}
