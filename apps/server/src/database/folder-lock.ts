import { open, readFile, rm } from 'node:fs/promises';
import { NebError } from '@neb/core-types';

/**
 * Holds `path` for this process: a second one that opens a PGlite folder is not refused by it, and loses what it writes.
 * A lock whose process has died is taken over. Throws `conflict` while another holds it.
 */
export async function lockFolder(path: string): Promise<AsyncDisposable> {
  const mine = `${process.pid} ${await startOf(process.pid)}`;
  for (;;) {
    const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    if (file) {
      await file.writeFile(mine);
      await file.close();
      return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    }
    const holder = await readFile(path, 'utf8').catch(() => '');
    const [pid = '', start = ''] = holder.split(' ');
    if (holder !== '' && (await startOf(Number(pid))) === start) {
      throw new NebError('conflict', `another neb server (process ${pid}) uses this data folder`, { hint: 'Stop it, choose another NEB_DATA_DIR, or share a PostgreSQL through DATABASE_URL.' });
    }
    await rm(path, { force: true });
  }
}

/** When a process started, in clock ticks since boot: tells it from a later one with its number. Empty once it has ended. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
