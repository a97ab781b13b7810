import { inDatabaseWords, type Link, origin, type UsageFact, type UsageRecord } from '@neb/core-types';
import { type Kysely, sql, type Transaction } from 'kysely';
import { type Appended, appendIn } from './append.ts';
import { type SpendingQuery, spendingStatement } from './spending.ts';
import type { Spending } from './standing.ts';
import { type Totals, totalsOf, type TotalsQuery } from './totals.ts';

/** A record with its place among all owners' facts. */
export interface PlacedRecord extends UsageRecord {
  readonly position: number;
}

/** What can be read of the ledger. Errors are NebErrors where the database is not there. */
export interface LedgerReader {
  /** What all that is asked for comes to, in the order of what it is asked by. */
  totals(query?: TotalsQuery): Promise<Totals>;
  /** What each of these objects came to, in their order, with what goes on and is not in the ledger yet. One query, however many they are. */
  spending(query: SpendingQuery): Promise<readonly Spending[]>;
  /** Where an owner's chain ends. */
  end(owner: string): Promise<Link>;
  /** The records of an owner in the order of its chain, between two of its places: after the first, up to the last, which is its end if absent. */
  records(owner: string, between?: { readonly after?: number | undefined; readonly last?: number | undefined }): AsyncIterable<UsageRecord>;
  /** The part of an owner's chain that holds every fact that began in this time, and others between them: what it follows, and its last place. Empty where there are none. */
  stretch(owner: string, time: { readonly since: string; readonly until: string }): Promise<{ readonly after: Link; readonly last: number }>;
}

/** Facts of usage, written once and in order; append-only. */
export interface Ledger extends LedgerReader {
  /** Once it resolves the facts are on disk. A fact whose id is known changes nothing. */
  append(facts: readonly UsageFact[]): Promise<Appended>;
  /** The same as a part of what else is written at once. */
  appendIn(inside: Transaction<unknown>, facts: readonly UsageFact[]): Promise<Appended>;
  /**
   * What follows a position, at most 1,000 facts: 0 stands before the first. Positions have no gaps and are in the order
   * of commits, so that who keeps the last one it has done with misses nothing and gets nothing twice.
   */
  since(position: number, limit?: number): Promise<readonly PlacedRecord[]>;
  /** What is of these owners: anything else is not there, by row-level security of the database. */
  as(owners: readonly string[]): LedgerReader;
}

const pageSize = 1_000;

/** The ledger in a database that `migrateBilling` has seen. Any number of processes may write to it. */
export function ledger(db: Kysely<unknown>): Ledger {
  return {
    ...reading((work) => inDatabaseWords('unavailable', () => work(db))),
    append: (facts) => inDatabaseWords('uncertain', () => db.transaction().execute((inside) => appendIn(inside, facts))),
    appendIn,
    async since(position, limit = pageSize) {
      const { rows } = await inDatabaseWords('unavailable', () => sql<Row & { position: number }>`
        select position::float8 as position, seq::float8 as seq, hash, line from billing_facts where position > ${position} order by billing_facts.position limit ${sql.lit(Math.min(limit, pageSize))}`.execute(db));
      return rows.map((row) => ({ position: row.position, ...recordOf(row) }));
    },
    as: (owners) => reading((work) => inDatabaseWords('unavailable', () => db.transaction().execute(async (inside) => {
      await sql`select set_config('neb.owners', (${[...owners]}::text[])::text, true)`.execute(inside);
      return await work(inside);
    }))),
  };
}

interface Row {
  readonly seq: number;
  readonly hash: string;
  readonly line: string;
}

type Run = <T>(work: (db: Kysely<unknown>) => Promise<T>) => Promise<T>;

function reading(run: Run): LedgerReader {
  const end = (owner: string): Promise<Link> => run(async (db) => {
    const { rows: [row] } = await sql<Link>`select seq::float8 as seq, hash from billing_chains where owner = ${owner}`.execute(db);
    return row ?? origin;
  });
  return {
    end,
    async totals(query = {}) {
      const { statement, read } = totalsOf(query);
      return read((await run((db) => statement.execute(db))).rows);
    },
    async spending(query) {
      if (query.objects.length === 0) return [];
      const { statement, read } = spendingStatement(query);
      return read((await run((db) => statement.execute(db))).rows);
    },
    async *records(owner, { after = 0, last } = {}) {
      const until = last ?? (await end(owner)).seq;
      for (let seq = after; seq < until;) {
        const { rows } = await run((db) => sql<Row>`
          select seq::float8 as seq, hash, line from billing_facts where owner = ${owner} and seq > ${seq} and seq <= ${until} order by billing_facts.seq limit ${sql.lit(pageSize)}`.execute(db));
        yield* rows.map(recordOf);
        if (rows.length < pageSize) return;
        seq = rows.at(-1)!.seq;
      }
    },
    async stretch(owner, { since, until }) {
      const { rows: [row] } = await run((db) => sql<{ first: number | null; last: number | null }>`
        select min(seq)::float8 as first, max(seq)::float8 as last from billing_facts where owner = ${owner} and from_at >= ${since}::timestamptz and from_at < ${until}::timestamptz`.execute(db));
      if (row?.first == null || row.last == null) {
        const after = await end(owner);
        return { after, last: after.seq };
      }
      if (row.first === 1) return { after: origin, last: row.last };
      const seq = row.first - 1;
      const { rows: [before] } = await run((db) => sql<{ hash: string }>`select hash from billing_facts where owner = ${owner} and seq = ${seq}`.execute(db));
      return { after: { seq, hash: before!.hash }, last: row.last };
    },
  };
}

function recordOf({ seq, hash, line }: Row): UsageRecord {
  return { seq, hash, fact: JSON.parse(line) as UsageFact };
}
