import { inDatabaseWords, type SeenStream } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import { appendIn } from '../ledger/append.ts';
import { deriveStream, type StreamState } from './stream-facts.ts';

/**
 * Writes what a sight of a stream adds to the ledger, and how far its messages are in it then, in one transaction: after a
 * crash both are there or neither, and of two that look at once one finds nothing left to do. Answers how many facts are new.
 */
export async function settleStream(db: Kysely<unknown>, seen: SeenStream): Promise<number> {
  const source = `stream/${seen.object.id}`;
  return await inDatabaseWords('uncertain', () => db.transaction().execute(async (inside) => {
    await sql`select position from billing_head for update`.execute(inside);
    const { rows: [row] } = await sql<{ position: string }>`select position from billing_positions where source = ${source}`.execute(inside);
    const { facts, state } = deriveStream(seen, row && (JSON.parse(row.position) as StreamState));
    if (!state) return 0;
    const { added } = await appendIn(inside, facts);
    const position = JSON.stringify(state);
    if (position !== row?.position) await sql`insert into billing_positions (source, position) values (${source}, ${position}) on conflict (source) do update set position = excluded.position`.execute(inside);
    return added;
  }));
}
