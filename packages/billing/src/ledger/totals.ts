import { NebError, timestamp, type UsageDimension, usageDimensions } from '@neb/core-types';
import { type RawBuilder, sql } from 'kysely';

export interface TotalsQuery {
  /** In this order; one total for all if absent. */
  readonly by?: readonly UsageDimension[] | undefined;
  /** Quantities too, each metric and unit by itself. False if absent: what is counted in different units has only its money in common. */
  readonly quantities?: boolean | undefined;
  /** RFC 3339. What began before does not count. */
  readonly since?: string | undefined;
  /** RFC 3339. What began then or later does not count. */
  readonly until?: string | undefined;
  /** Only of these; all if absent. */
  readonly owners?: readonly string[] | undefined;
  readonly namespace?: string | undefined;
  readonly kind?: string | undefined;
  /** Labels that the object must have had. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** 1,000 if absent, 10,000 at most. */
  readonly limit?: number | undefined;
}

/** What belongs together, in one currency. */
export interface Total {
  /** What it was asked by; `undefined` where the fact is of none, such as of no service. */
  readonly by: Readonly<Record<string, string | undefined>>;
  readonly currency: string;
  readonly metric?: string | undefined;
  readonly unit?: string | undefined;
  readonly quantity?: string | undefined;
  /** What owners are asked, and what platforms ask: decimal strings. What is over is the difference. */
  readonly amount: string;
  readonly cost: string;
  readonly margin: string;
  readonly facts: number;
}

export interface Totals {
  readonly items: readonly Total[];
  /** Whether there are more than the limit. */
  readonly more: boolean;
}

type Row = Readonly<Record<string, string | number | null>>;

const dayMs = 86_400_000;
const most = 10_000;

/** The query, and how its rows are read. What begins and ends with days (UTC) is read from the sums by day, anything else from the facts themselves. */
export function totalsOf(query: TotalsQuery): { readonly statement: RawBuilder<Row>; readonly read: (rows: readonly Row[]) => Totals } {
  const { by = [], quantities = false, since, until, owners, namespace, kind, labels = {} } = query;
  const limit = Math.min(Math.max(query.limit ?? 1_000, 1), most);
  const days = isMidnight(since) && isMidnight(until);
  const keys = by.map((dimension, nth) => ({ dimension, column: sql.ref(`k${nth}`), value: valueOf(dimension, days) }));
  // By their places: a parameter that is written twice is two for the database.
  const grouped = Array.from({ length: keys.length + (quantities ? 3 : 1) }, (_, nth) => sql.lit(nth + 1));
  const joined = by.some((dimension) => !own.includes(dimension)) || Object.keys(labels).length > 0;
  const clauses = [
    sql`true`,
    ...(since === undefined ? [] : [days ? sql`day >= ${dayOf(since)}::date` : sql`from_at >= ${since}::timestamptz`]),
    ...(until === undefined ? [] : [days ? sql`day < ${dayOf(until)}::date` : sql`from_at < ${until}::timestamptz`]),
    ...(owners === undefined ? [] : [sql`u.owner = any(${[...owners]}::text[])`]),
    ...(namespace === undefined ? [] : [sql`u.namespace = ${namespace}`]),
    ...(kind === undefined ? [] : [sql`u.kind = ${kind}`]),
    ...(Object.keys(labels).length === 0 ? [] : [sql`s.labels @> ${JSON.stringify(labels)}::text::jsonb`]),
  ];
  const statement = sql<Row>`
    select ${sql.join([
      ...keys.map(({ value, column }) => sql`${value} as ${column}`), sql`currency`,
      ...(quantities ? [sql`metric`, sql`unit`, sql`trim_scale(sum(quantity))::text as quantity`] : []),
      sql`trim_scale(sum(amount))::text as amount`, sql`trim_scale(sum(cost))::text as cost`, sql`trim_scale(sum(amount) - sum(cost))::text as margin`,
      days ? sql`sum(facts)::float8 as facts` : sql`count(*)::float8 as facts`,
    ])}
    from ${days ? sql`billing_days` : sql`billing_facts`} as u ${joined ? sql`join billing_subjects as s on s.id = u.subject` : sql``}
    where ${sql.join(clauses, sql` and `)}
    group by ${sql.join(grouped)} order by ${sql.join(grouped)} limit ${sql.lit(limit + 1)}`;
  return { statement, read: (rows) => ({ items: rows.slice(0, limit).map((row) => total(row, by)), more: rows.length > limit }) };
}

/** Those that are columns of what is added up; the others are of its subject. */
const own: readonly UsageDimension[] = ['owner', 'namespace', 'day', 'kind', 'metric'];

function valueOf(dimension: UsageDimension, days: boolean): RawBuilder<unknown> {
  switch (dimension) {
    case 'owner': case 'namespace': case 'kind': case 'metric': return sql`u.${sql.ref(dimension)}`;
    case 'day': return days ? sql`u.day::text` : sql`((u.from_at at time zone 'UTC')::date)::text`;
    case 'platform': case 'region': case 'accelerator': return sql`s.${sql.ref(dimension)}`;
    case 'container': return sql`case when s.object_kind = 'Container' then s.object_name end`;
    case 'service': return crew('Service');
    case 'processor': return crew('Processor');
    default:
      if (!/^label:./.test(dimension)) throw new NebError('invalid', `totals cannot be told apart by ${dimension}`, { hint: `Use ${usageDimensions.join(', ')} or label:KEY.` });
      return sql`s.labels ->> ${dimension.slice('label:'.length)}::text`;
  }
}

const crew = (kind: 'Service' | 'Processor'): RawBuilder<unknown> =>
  sql`case when s.object_kind = ${sql.lit(kind)} then s.object_name when s.of_kind = ${sql.lit(kind)} then s.of_name end`;

function total(row: Row, by: readonly UsageDimension[]): Total {
  const text = (name: string): string | undefined => (row[name] === null || row[name] === undefined ? undefined : String(row[name]));
  return {
    by: Object.fromEntries(by.map((dimension, nth) => [dimension, text(`k${nth}`)])),
    currency: text('currency')!,
    ...('quantity' in row && { metric: text('metric'), unit: text('unit'), quantity: text('quantity') }),
    amount: text('amount')!, cost: text('cost')!, margin: text('margin')!, facts: Number(row['facts']),
  };
}

function dayOf(at: string): string {
  return timestamp(Date.parse(at)).slice(0, 10);
}

function isMidnight(at: string | undefined): boolean {
  return at === undefined || Date.parse(at) % dayMs === 0;
}
