import { databaseCode, isDatabaseGone, isNebError, messageOf, NebError } from '@neb/core-types';
import { type Kysely, type RawBuilder } from 'kysely';

/** The rows that `query` finds. Throws `unavailable` where the database does not answer. */
export async function rowsOf<Row>(db: Kysely<unknown>, query: RawBuilder<Row>): Promise<readonly Row[]> {
  try {
    return (await query.execute(db)).rows;
  } catch (error) {
    throw inWords(error, 'unavailable');
  }
}

/**
 * What went wrong, in words where a text cannot be kept or the database went away: `lost` is `uncertain` for a write whose answer did not come.
 * Anything else is a fault of ours and stays as it is.
 */
export function inWords(error: unknown, lost: 'unavailable' | 'uncertain'): unknown {
  if (isUnwritable(error)) return new NebError('invalid', 'a text has a character that no database keeps: NUL, or half of a surrogate pair', { cause: error });
  if (isNebError(error) || !isDatabaseGone(error)) return error;
  const code = neverConnected(error) ? 'unavailable' : lost;
  const what = code === 'uncertain' ? 'the database went away before it answered' : `the database cannot be reached: ${messageOf(error)}`;
  return new NebError(code, what, { cause: error, hint: 'It is tried again; see that the database runs.' });
}

/** Of text, and of JSON. */
function isUnwritable(error: unknown): boolean {
  return /^(22021|22P05|22P02)$/.test(databaseCode(error) ?? '') && /byte sequence|unicode|surrogate/i.test(messageOf(error));
}

function neverConnected(error: unknown): boolean {
  return /^(57P03|53300|08001|08004|ECONNREFUSED|ENOENT|ENOTFOUND|EHOSTUNREACH)$/.test(databaseCode(error) ?? '') || /trying to connect/.test(messageOf(error));
}
