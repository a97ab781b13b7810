import { execFile } from 'node:child_process';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);

export interface BenchDatabase {
  readonly url: string;
  /** Scans of whole tables and statements run since the last call, as PostgreSQL counts them. */
  activity(): Promise<{ readonly fullScans: number; readonly commits: number }>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A PostgreSQL of this run's own, with fsync on, on a unix socket. */
export async function startDatabase(): Promise<BenchDatabase> {
  const versions = await readdir('/usr/lib/postgresql');
  const bin = join('/usr/lib/postgresql', versions.toSorted((a, b) => Number(b) - Number(a))[0] ?? '', 'bin');
  const folder = await mkdtemp(join(tmpdir(), 'neb-bench-pg-'));
  const asRoot = process.getuid?.() === 0;
  const account = asRoot ? { uid: 65_534, gid: 65_534 } : {};
  if (asRoot) await chown(folder, 65_534, 65_534);
  await run(join(bin, 'initdb'), ['-D', join(folder, 'data'), '-U', 'neb', '--auth=trust', '--no-sync'], account);
  await run(join(bin, 'pg_ctl'), ['-D', join(folder, 'data'), '-w', '-l', join(folder, 'log'), '-o', `-c listen_addresses='' -k ${folder}`, 'start'], account);
  const client = new pg.Client({ host: folder, user: 'neb', database: 'postgres' });
  await client.connect();
  let last = { fullScans: 0, commits: 0 };
  return {
    url: `postgresql://neb@localhost/postgres?host=${encodeURIComponent(folder)}`,
    async activity() {
      const { rows } = await client.query<{ scans: string; commits: string }>(
        `select (select coalesce(sum(seq_scan), 0) from pg_stat_user_tables where n_live_tup > 1000) as scans,
                (select xact_commit from pg_stat_database where datname = 'postgres') as commits`,
      );
      const now = { fullScans: Number(rows[0]?.scans), commits: Number(rows[0]?.commits) };
      const since = { fullScans: now.fullScans - last.fullScans, commits: now.commits - last.commits };
      last = now;
      return since;
    },
    async [Symbol.asyncDispose]() {
      await client.end();
      await run(join(bin, 'pg_ctl'), ['-D', join(folder, 'data'), '-m', 'fast', '-w', 'stop'], account);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
