import { ledger, migrateBilling } from '@neb/billing';
import { timestamp, type UsageFact } from '@neb/core-types';
import { namedQueries } from '@neb/scheduler/kysely';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { startDatabase } from './database.ts';
import { drainTo } from './delivery.ts';
import type { Figure } from './statistics.ts';

const batch = 1_000;
const trials = 9;
const monthStart = Date.UTC(2026, 10, 1);
const hourMs = 3_600_000;

/** (o) the ledger of usage: facts in with PostgreSQL committing, what a month of them came to, and how fast they are delivered. */
export async function billingBench(facts = 1_000_000): Promise<readonly Figure[]> {
  await using database = await startDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 8 });
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: namedQueries(pool) }) });
  await migrateBilling(db);
  const book = ledger(db);
  const start = performance.now();
  for (let at = 0; at < facts; at += batch) await book.append(Array.from({ length: Math.min(batch, facts - at) }, (_, nth) => fact(at + nth, facts)));
  const perSecond = (facts / (performance.now() - start)) * 1_000;
  await sql`analyze billing_days, billing_subjects, billing_facts`.execute(db);
  const floor = await floorInserts(pool, 20);
  const month = { since: timestamp(monthStart), until: timestamp(monthStart + 30 * 24 * hourMs) };
  const ours = await median(() => book.totals({ by: ['day', 'namespace'], ...month, limit: 10_000 }));
  const owned = await median(() => book.as(['owner-3']).totals({ by: ['day', 'namespace'], ...month }));
  const labelled = await median(() => book.totals({ by: ['label:team', 'platform'], ...month }));
  const raw = await median(() => pool.query(`select (from_at at time zone 'UTC')::date, namespace, currency, sum(amount), sum(cost) from billing_facts group by 1, 2, 3`));
  const drained: Figure[] = [];
  for (const answerMs of [0, 20, 50]) drained.push(await drainTo(answerMs, { ledger: book, db, facts }));
  await db.destroy();
  return [
    { what: `facts in, ${batch} a commit`, ours: `${perSecond.toFixed(0)}/s`, floor: `${floor.toFixed(0)}/s (the same rows into a table without indexes, chain and sums)`, target: '≥ 5,000/s', met: perSecond >= 5_000 },
    { what: `a month of ${facts.toLocaleString('en')} facts by day and namespace, median`, ours: `${ours.toFixed(0)} ms`, floor: `${raw.toFixed(0)} ms (adding up the facts themselves)`, target: '≤ 300 ms', met: ours <= 300 },
    { what: 'the same of one owner of twenty, behind the wall', ours: `${owned.toFixed(0)} ms`, target: 'told only', met: true },
    { what: 'the same by label and platform', ours: `${labelled.toFixed(0)} ms`, target: 'told only', met: true },
    ...drained,
  ];
}

/** Of 20 owners with 5 namespaces each, in each of which containers run and are billed hour by hour, spread over a month of 30 days. */
function fact(n: number, all: number): UsageFact {
  const [owner, space, platform] = [n % 20, Math.floor(n / 20) % 5, n % 2 === 0];
  const container = Math.floor(n / 200) % 70;
  const fromMs = monthStart + Math.floor((n / all) * 30 * 24) * hourMs;
  const name = `owner-${owner}-${space}-${container}`;
  return {
    id: `${name}/${n}`, kind: platform ? 'platform' : 'runtime', from: timestamp(fromMs), to: timestamp(fromMs + hourMs), owner: `owner-${owner}`, namespace: `space-${owner}-${space}`,
    object: { kind: 'Container', id: name, name }, labels: { team: `team-${container % 7}` }, attempt: 1, platform: container % 3 === 0 ? 'aws' : 'runpod', region: 'eu', accelerator: '1:L4',
    metric: platform ? 'platform' : 'runtime', quantity: '3600', unit: 'second', rate: { price: '0.39', unit: 'hour' }, currency: 'USD', amount: platform ? '0' : '0.429', cost: platform ? '0.39' : '0',
  };
}

async function floorInserts(pool: pg.Pool, batches: number): Promise<number> {
  await pool.query('create table floor as select * from billing_facts with no data');
  const start = performance.now();
  for (let at = 0; at < batches; at++) await pool.query(`insert into floor select * from billing_facts where position > $1 and position <= $2`, [at * batch, (at + 1) * batch]);
  return ((batches * batch) / (performance.now() - start)) * 1_000;
}

async function median(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(trials / 2)]!;
}
