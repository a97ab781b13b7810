import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, startOf } from '../database/processes.ts';

/** A process by its number and its start, which tells it from a later one of that number. */
type Named = readonly [pid: number, start: string];

/** Processes that serve, written down so that whoever comes after a first process that was killed finds them. */
export interface LeftWorkers {
  /** Those that a first process before left and that live. */
  readonly left: readonly number[];
  /** They and these are written down. */
  note(pids: readonly number[]): Promise<void>;
  /** Has those that were left end once they have answered what they have. */
  dismiss(): void;
}

export async function leftWorkers(folder: string): Promise<LeftWorkers> {
  const file = join(folder, 'workers');
  const found = await living(file);
  let writing: Promise<void> = Promise.resolve();
  return {
    left: found.map(([pid]) => pid),
    note(pids) {
      writing = writing.then(async () => {
        const named = await Promise.all(pids.map(async (pid): Promise<Named> => [pid, await startOf(pid)]));
        await writeFile(file, [...found, ...named].map((one) => `${one.join(' ')}\n`).join(''), { mode: 0o600 });
      });
      return writing;
    },
    dismiss() {
      for (const [pid] of found) if (isAlive(pid)) process.kill(pid, 'SIGTERM');
    },
  };
}

/** Ends those that a killed gateway left in `folder`, at once. */
export async function killLeftWorkers(folder: string): Promise<void> {
  for (const [pid] of await living(join(folder, 'workers'))) process.kill(pid, 'SIGKILL');
}

async function living(file: string): Promise<readonly Named[]> {
  const lines = await readFile(file, 'utf8').then((text) => text.split('\n'), () => []);
  const named = lines.map((line) => line.split(' ')).map(([pid, start = '']): Named => [Number(pid), start]);
  const alive = await Promise.all(named.map(async ([pid, start]) => isAlive(pid) && start !== '' && (await startOf(pid)) === start));
  return named.filter((_, at) => alive[at]);
}
