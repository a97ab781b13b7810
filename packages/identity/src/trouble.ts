import { isNebError, messageOf, NebError } from '@neb/core-types';
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

/** What went wrong, in words where the database went away or was given what no text of its holds. Anything else is a fault of ours and stays as it is. */
export function inWords(error: unknown, lost: 'unavailable' | 'uncertain'): unknown {
  if (!isNebError(error) && codeOf(error) === unwritable) return new NebError('invalid', 'a name or value holds a character that cannot be stored', { cause: error, hint: 'Leave out NUL characters.' });
  if (!isNebError(error) && codeOf(error) === beyond) return new NebError('unauthorized', 'this belongs to an owner that you do not see', { cause: error });
  if (isNebError(error) || !isGone(error)) return error;
  const what = lost === 'uncertain' ? 'the database went away before it answered' : `the database cannot be reached: ${messageOf(error)}`;
  return new NebError(lost, what, { cause: error, hint: 'Try again; see that the database runs.' });
}

/** The SQLSTATE of a NUL in a text. */
const unwritable = '22021';

/** The SQLSTATE of a row that row-level security keeps out. */
const beyond = '42501';

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** Shutting down, starting up, crashed, out of connections, connection lost; and what `pg` says without a code. */
function isGone(error: unknown): boolean {
  return /^(57P0[1-5]|53300|08...|E[A-Z]+)$/.test(codeOf(error) ?? '') || /connection terminated|timeout exceeded when trying to connect|not queryable|connection error/i.test(messageOf(error));
}
