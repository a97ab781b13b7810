import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startDatabase } from './database.ts';
import { treeUsage } from './process-tree.ts';
import { startServer } from './server.ts';
import type { Figure } from './statistics.ts';

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const run = promisify(execFile);

/** (d) a server with nothing in it, with its private PostgreSQL; queries are counted on a second one with a database of ours. */
export async function idle(minutes = 10): Promise<readonly Figure[]> {
  await using database = await startDatabase();
  await using watched = await startServer({ DATABASE_URL: database.url });
  await using server = await startServer();
  await pause(10_000);
  await database.activity();
  const before = await treeUsage(server.pid);
  await pause(minutes * 60_000);
  const [after, activity] = [await treeUsage(server.pid), await database.activity()];
  const cpu = ((after.cpuSeconds - before.cpuSeconds) / (minutes * 60)) * 100;
  const mebibytes = (after.pssBytes / 2 ** 20).toFixed(0);
  const perSecond = activity.commits / (minutes * 60);
  void watched;
  return [
    { what: `memory after ${minutes} idle minutes, server and PostgreSQL`, ours: `${mebibytes} MiB (Node's RSS alone ${(after.ownRssBytes / 2 ** 20).toFixed(0)} MiB)`, target: '≤ 150 MiB', met: Number(mebibytes) <= 150 },
    { what: 'CPU', ours: `${cpu.toFixed(2)} %`, target: '≤ 0.3 %', met: cpu <= 0.3 },
    { what: 'database transactions a second', ours: perSecond.toFixed(3), target: '≤ 1', met: perSecond <= 1 },
  ];
}

export const machine = async (): Promise<string> => (await run('uname', ['-srm'])).stdout.trim();
