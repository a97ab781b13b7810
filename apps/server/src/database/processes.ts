import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process started, in a form that tells it from a later one with its number. Empty once it has ended. */
export async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // After the name in brackets, which may hold anything, the twentieth field is the start in ticks since boot.
  if (stat !== undefined) return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return process.platform === 'linux' ? '' : (await ps(pid, 'lstart=')).replaceAll(/\s+/g, '-');
}

/** Its program and arguments; empty once it has ended. */
export async function commandLine(pid: number): Promise<string> {
  const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  if (words !== undefined) return words.replaceAll('\0', ' ').trim();
  return process.platform === 'linux' ? '' : await ps(pid, 'command=');
}

/** Whether any process works in `folder`, as all processes of a PostgreSQL do in its data folder. Known on Linux only; elsewhere `undefined`. */
export async function isWorkedIn(folder: string): Promise<boolean | undefined> {
  const entries = await readdir('/proc').catch(() => undefined);
  if (!entries) return undefined;
  for (const entry of entries) {
    if (/^\d+$/.test(entry) && (await readlink(`/proc/${entry}/cwd`).catch(() => '')) === folder) return true;
  }
  return false;
}

async function ps(pid: number, field: string): Promise<string> {
  return await run('ps', ['-o', field, '-p', String(pid)]).then(({ stdout }) => stdout.trim(), () => '');
}
