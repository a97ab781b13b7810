import { type RawBuilder, sql } from 'kysely';

export type Clause = RawBuilder<unknown>;

export interface Ordered {
  readonly table: 'resources' | 'events';
  readonly columns: Clause;
  readonly where: Clause;
  readonly order: Clause;
  readonly limit: number;
}

/** The first rows in an order; of several owners each one's first are read, as an index has them, and no others. */
export function ordered<Row>({ table, columns, where, order, limit }: Ordered, owners: readonly string[] | undefined): RawBuilder<Row> {
  const [from, end] = [sql.table(table), sql`order by ${order} limit ${sql.lit(limit)}`];
  if (!owners) return sql<Row>`select ${columns} from ${from} where ${where} ${end}`;
  const ofOne = sql`select * from ${from} where owner = one_owner and ${where} ${end}`;
  return sql<Row>`select ${columns} from unnest(${owners}::text[]) as one_owner cross join lateral (${ofOne}) as ${from} ${end}`;
}
