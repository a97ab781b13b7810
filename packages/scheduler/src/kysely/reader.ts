import type { Kind } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import type { Resource, View } from '../store.ts';
import { gather } from './gather.ts';
import { fromRow, resourceColumns, type ResourceRow } from './rows.ts';
import { rowsOf } from './trouble.ts';
import { type ViewTexts, viewTexts } from './wall.ts';

interface Wish extends ViewTexts {
  readonly id: string;
}

/** Reads objects by id, each as far as its view reaches; those asked for while a read is under way come with the next. */
export function reader(db: Kysely<unknown>): (id: string, view?: View) => Promise<Resource | undefined> {
  const read = gather({
    lanes: 2,
    limit: 100,
    async round(wishes: readonly Wish[]) {
      const found = new Map((await rowsOf(db, byIds(wishes))).map((row) => [row.place, row]));
      return wishes.map((_, n) => {
        const row = found.get(n + 1);
        return { value: row && fromRow<Kind>(row) };
      });
    },
  });
  return (id, view) => read({ id, ...viewTexts(view) });
}

function byIds(wishes: readonly Wish[]) {
  const [ids, owners, namespaces] = [wishes.map(({ id }) => id), wishes.map((wish) => wish.owners), wishes.map((wish) => wish.namespaces)];
  return sql<ResourceRow & { readonly place: number }>`/*neb_read*/
    select place, ${sql.raw(resourceColumns)} from (select place, (found).* from neb_read(${ids}::text[], ${owners}::text[], ${namespaces}::text[])) as r`;
}
