import { databaseTrouble, isNebError, NebError } from '@neb/core-types';
import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';

/** A database as far as somebody sees it: what is these owners'. */
export interface Within {
  readonly db: Kysely<unknown>;
  readonly owners: readonly string[];
}

/** The rows that `query` finds or changes. Throws `unavailable` where the database does not answer, for a write `uncertain`. */
export async function rowsOf<Row>(on: Kysely<unknown> | Within, query: RawBuilder<Row>, lost: 'unavailable' | 'uncertain' = 'unavailable'): Promise<readonly Row[]> {
  try {
    return isWithin(on) ? await transaction(on, async (inside) => (await query.execute(inside)).rows) : (await query.execute(on)).rows;
  } catch (error) {
    throw inWords(error, lost);
  }
}

/** All that `work` writes, or nothing of it. Throws `uncertain` where the database went away before it answered. */
export async function transact<T>(on: Kysely<unknown> | Within, work: Work<T>): Promise<T> {
  try {
    return isWithin(on) ? await transaction(on, work) : await on.transaction().execute(work);
  } catch (error) {
    throw inWords(error, 'uncertain');
  }
}

type Work<T> = (transaction: Transaction<unknown>) => Promise<T>;

/** One that the policies of 0002-wall hold to its owners. */
async function transaction<T>({ db, owners }: Within, work: Work<T>): Promise<T> {
  return await db.transaction().execute(async (inside) => {
    await sql`select set_config('neb.owners', (${[...owners]}::text[])::text, true)`.execute(inside);
    return await work(inside);
  });
}

const isWithin = (on: Kysely<unknown> | Within): on is Within => 'owners' in on;

/** As `databaseTrouble`, and `unauthorized` for a row that row-level security keeps out. */
function inWords(error: unknown, lost: 'unavailable' | 'uncertain'): unknown {
  const isBeyond = !isNebError(error) && (error as { readonly code?: unknown } | undefined)?.code === beyond;
  return isBeyond ? new NebError('unauthorized', 'this belongs to an owner that you do not see', { cause: error }) : databaseTrouble(error, lost);
}

/** The SQLSTATE of that. */
const beyond = '42501';
