import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Clock, isNebError, NebError } from '@neb/core-types';
import { isAlive, startOf } from './processes.ts';

const pollMs = 50;
const free = 'free';
let drafts = 0;

/**
 * Holds the lock named `path` for this process. One whose process has died, however it died, is taken over.
 * Throws `conflict` while a living process holds it.
 *
 * Who holds it says so in the file `<path>.<number>`, and the highest number counts. A new holder makes the next
 * number, which only one can; so nobody ever removes a lock because of what it read a moment ago. The last file stays.
 */
export async function lockFile(path: string): Promise<AsyncDisposable> {
  const draft = `${path}.draft-${process.pid}-${++drafts}`;
  await writeFile(draft, `${process.pid} ${await startOf(process.pid)}`, { mode: 0o600 });
  try {
    for (;;) {
      const last = (await numbers(path)).at(-1) ?? 0;
      const holder = await livingHolder(`${path}.${last}`);
      if (holder !== undefined) throw new NebError('conflict', `another process (${holder}) holds ${path}`, { hint: 'Stop it, choose another NEB_DATA_DIR, or share a PostgreSQL through DATABASE_URL.' });
      const mine = last + 1;
      // A link takes a name only if it is free, and never shows a file that is half written.
      if (!(await linked(draft, `${path}.${mine}`))) continue;
      const all = await numbers(path);
      if (all.at(-1) === mine) {
        for (const older of all) if (older < mine) await rm(`${path}.${older}`, { force: true });
        return { [Symbol.asyncDispose]: () => release(path, mine) };
      }
      // We looked so long ago that others have come and gone since.
      await rm(`${path}.${mine}`, { force: true });
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/** Like `lockFile`, but waits for the holder to be done, for at most `ms`. */
export async function waitForLock(path: string, clock: Clock, ms = 120_000): Promise<AsyncDisposable> {
  const deadline = clock.now() + ms;
  for (;;) {
    try {
      return await lockFile(path);
    } catch (error) {
      if (!isNebError(error, 'conflict') || clock.now() >= deadline) throw error;
      await clock.sleep(pollMs);
    }
  }
}

/** The numbers that the lock has now, in order. */
async function numbers(path: string): Promise<readonly number[]> {
  const prefix = `${basename(path)}.`;
  const names = (await readdir(dirname(path))).filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  return names.filter((rest) => /^\d+$/.test(rest)).map(Number).sort((a, b) => a - b);
}

async function livingHolder(file: string): Promise<number | undefined> {
  const [pid = '', start = ''] = (await readFile(file, 'utf8').catch(() => free)).split(' ');
  return isAlive(Number(pid)) && (await startOf(Number(pid))) === start ? Number(pid) : undefined;
}

/** False where `name` is taken. */
async function linked(draft: string, name: string): Promise<boolean> {
  return await link(draft, name).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
}

/** The file stays, so that the numbers go on. */
async function release(path: string, mine: number): Promise<void> {
  const draft = join(dirname(path), `${basename(path)}.draft-${process.pid}-${++drafts}`);
  await writeFile(draft, free, { mode: 0o600 });
  await rename(draft, `${path}.${mine}`);
}
