import type { Kind } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import type { Resource } from '../store.ts';
import { gather } from './gather.ts';
import { fromRow, resourceColumns, type ResourceRow } from './rows.ts';
import { rowsOf } from './trouble.ts';

/** Reads objects by id; those asked for while a read is under way come with the next. */
export function reader(db: Kysely<unknown>): (id: string) => Promise<Resource | undefined> {
  return gather({
    lanes: 2,
    limit: 100,
    async round(ids: readonly string[]) {
      const found = new Map((await rowsOf(db, byIds(ids))).map((row) => [row.id, row]));
      return ids.map((id) => {
        const row = found.get(id);
        return { value: row && fromRow<Kind>(row) };
      });
    },
  });
}

function byIds(ids: readonly string[]) {
  return sql<ResourceRow>`/*neb_read*/ select ${sql.raw(resourceColumns)} from neb_read(${[...new Set(ids)]}::text[])`;
}
