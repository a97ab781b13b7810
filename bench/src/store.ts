import { containerSpec, systemClock, systemRandom, timestamp } from '@neb/core-types';
import { newContainerStatus, type Resource, type Store, type WorkQueue } from '@neb/scheduler';
import { kyselyStore, migrate, namedQueries, signals } from '@neb/scheduler/kysely';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { type BenchDatabase, startDatabase } from './database.ts';
import type { Figure } from './statistics.ts';

const concurrency = 32;
const words = ['creating', 'creating', 'running'] as const;

/** (f) the store alone: commits of many callers at once, the writes and reads of whole container lives, and a long listing. */
export async function store(lives = 5_000): Promise<readonly Figure[]> {
  await using database = await startDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 8 });
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: namedQueries(pool) }) });
  await migrate(db);
  const heard = await signals({ id: 'bench' });
  const kept = kyselyStore(db, { clock: systemClock, random: systemRandom, signals: heard });
  const floor = await floorCommits(database, 4_000);
  const run = await perSecond(lives, async (n) => await live(kept, kept.queue('Container'), `c${n}`));
  const listed = await listing(kept);
  await heard[Symbol.asyncDispose]();
  await db.destroy();
  return [
    { what: `commits at concurrency ${concurrency}`, ours: `${(run * 4).toFixed(0)}/s`, floor: `${floor.toFixed(0)}/s (one row each, one connection each)`, target: 'told only', met: true },
    { what: 'container lives (4 commits, 3 reads, a lease taken and released)', ours: `${run.toFixed(0)}/s`, target: '≥ 500/s', met: run >= 500 },
    { what: `listing ${listed.rows} containers`, ours: `${listed.ms.toFixed(0)} ms`, target: '≤ 100 ms', met: listed.ms <= 100 },
  ];
}

/** How many times a second `work` is done by `concurrency` at once. */
async function perSecond(count: number, work: (n: number) => Promise<unknown>): Promise<number> {
  let next = 0;
  const start = performance.now();
  await Promise.all(Array.from({ length: concurrency }, async () => {
    for (let n = next++; n < count; n = next++) await work(n);
  }));
  return (count / (performance.now() - start)) * 1_000;
}

async function live(kept: Store, queue: WorkQueue, id: string): Promise<void> {
  await kept.commit([{ do: 'put', resource: fresh(id) }, { do: 'wake', kind: 'Container', id }]);
  const leases = await queue.take(1);
  for (const [n, word] of words.entries()) {
    const found = (await kept.get('Container', id))!;
    const object = { kind: 'Container', namespace: found.namespace, name: found.name, id };
    await kept.commit([
      { do: 'put', resource: { ...found, status: { ...found.status, status: word } } },
      { do: 'tell', event: { type: 'normal', reason: `Step${n}`, message: `step ${n} was taken`, object } },
      { do: 'wake', kind: 'Container', id },
    ]);
  }
  await queue.release(leases.map((lease) => ({ lease, failed: false })));
}

function fresh(id: string): Resource<'Container'> {
  const now = timestamp(systemClock.now());
  return {
    kind: 'Container', id, name: id, namespace: 'bench', owner: 'bench', labels: { app: 'bench' }, seq: 0, version: 0, generation: 1,
    spec: containerSpec.parse({ image: 'busybox', command: ['sleep', '3600'] }), status: newContainerStatus, finalizers: [], createdBy: 'bench', createdAt: now, updatedAt: now,
  };
}

/** What PostgreSQL does here of the smallest commits, each on a connection that waits for the disk. */
async function floorCommits(database: BenchDatabase, count: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: database.url, max: concurrency });
  await pool.query('create table floor (id int primary key)');
  await Promise.all(Array.from({ length: concurrency }, () => pool.query('select 1')));
  const rate = await perSecond(count, async (n) => await pool.query('insert into floor values ($1)', [n]));
  await pool.end();
  return rate;
}

async function listing(kept: Store): Promise<{ readonly rows: number; readonly ms: number }> {
  const start = performance.now();
  let rows = 0;
  let cursor: string | undefined;
  do {
    const page = await kept.list({ kind: 'Container', namespace: 'bench', limit: 1_000, cursor });
    rows += page.items.length;
    cursor = page.next;
  } while (cursor !== undefined);
  return { rows, ms: performance.now() - start };
}
