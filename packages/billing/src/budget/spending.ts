import { inDatabaseWords, timestamp } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import type { RunState } from '../derive/run-state.ts';
import { totalsOf, type TotalsQuery } from '../ledger/totals.ts';
import type { Counted } from './accrual.ts';
import { nanosOf } from './nanos.ts';

/** What is asked of the ledger. */
export interface SpendingQuery extends Counted {
  readonly owner: string;
  /** Only in this namespace; in all of the owner's if absent. */
  readonly namespace?: string | undefined;
  /** From when on, in milliseconds since the epoch; one sum each. */
  readonly sinceMs: readonly number[];
  /** Containers that are there: all that is known of their runs is wanted. */
  readonly containerIds: readonly string[];
}

/** A run as the ledger has it. */
export interface KnownRun {
  readonly key: string;
  readonly containerId: string;
  readonly state: RunState;
}

export interface Spending {
  /** Billionths in the ledger from each of the moments on. */
  readonly spent: readonly bigint[];
  /** Those of the containers that were asked for, and all others of the scope that go on. */
  readonly runs: readonly KnownRun[];
}

const dayMs = 86_400_000;

/** What is in the ledger, and how far each run is in it, as of one moment: nothing is missed between the two, and nothing counted twice. */
export async function spendingOf(db: Kysely<unknown>, query: SpendingQuery): Promise<Spending> {
  return await inDatabaseWords('unavailable', () => db.transaction().setIsolationLevel('repeatable read').execute(async (inside) => {
    const { owner, namespace, containerIds } = query;
    const spent: bigint[] = [];
    for (const sinceMs of query.sinceMs) spent.push(await since(inside, query, sinceMs));
    const { rows } = await sql<{ key: string; container_id: string; state: RunState }>`
      select key, container_id, state from billing_runs
      where container_id = any(${[...containerIds]}::text[])
        or (due_at is not null and owner = ${owner} ${namespace === undefined ? sql`` : sql`and namespace = ${namespace}`})`.execute(inside);
    return { spent, runs: rows.map(({ key, container_id: containerId, state }) => ({ key, containerId, state })) };
  }));
}

/** Whole days are read from their sums, what is before them from the facts. */
async function since(inside: Kysely<unknown>, query: SpendingQuery, ms: number): Promise<bigint> {
  const midnightMs = Math.ceil(ms / dayMs) * dayMs;
  const whole = await sumOf(inside, query, { since: timestamp(midnightMs) });
  return midnightMs === ms ? whole : whole + (await sumOf(inside, query, { since: timestamp(ms), until: timestamp(midnightMs) }));
}

async function sumOf(inside: Kysely<unknown>, { owner, namespace, counts, currency }: SpendingQuery, time: Pick<TotalsQuery, 'since' | 'until'>): Promise<bigint> {
  const { statement, read } = totalsOf({ ...time, owners: [owner], namespace });
  const total = read((await statement.execute(inside)).rows).items.find((item) => item.currency === currency);
  return total ? nanosOf(counts === 'cost' ? total.cost : total.amount) : 0n;
}
