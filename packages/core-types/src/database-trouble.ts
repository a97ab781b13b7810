import { isNebError, messageOf, NebError } from './errors.ts';

/**
 * What went wrong in a query, in words where PostgreSQL went away (`lost` says what that means to who asked: `uncertain` for a
 * write) or was given what no text of its holds. Anything else is a fault of ours and stays as it is.
 */
export function databaseTrouble(error: unknown, lost: 'unavailable' | 'uncertain'): unknown {
  if (!isNebError(error) && databaseCode(error) === unwritable) return new NebError('invalid', 'a name or value holds a character that cannot be stored', { cause: error, hint: 'Leave out NUL characters.' });
  if (isNebError(error) || !isDatabaseGone(error)) return error;
  const what = lost === 'uncertain' ? 'the database went away before it answered' : `the database cannot be reached: ${messageOf(error)}`;
  return new NebError(lost, what, { cause: error, hint: 'Try again; see that the database runs.' });
}

/** Does what asks the database, and throws its trouble in words. */
export async function inDatabaseWords<T>(lost: 'unavailable' | 'uncertain', work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw databaseTrouble(error, lost);
  }
}

/** The SQLSTATE of a NUL in a text. */
const unwritable = '22021';

/** The SQLSTATE of PostgreSQL, or the errno of the connection. */
export function databaseCode(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** Shutting down, starting up, crashed, out of connections, connection lost; and what `pg` says without a code. */
export function isDatabaseGone(error: unknown): boolean {
  return /^(57P0[1-5]|53300|08...|E[A-Z]+)$/.test(databaseCode(error) ?? '') || /connection terminated|timeout exceeded when trying to connect|not queryable|connection error/i.test(messageOf(error));
}
