import type { UsageFact } from '@neb/core-types';
import { type RawBuilder, sql } from 'kysely';
import type { RunState } from '../derive/run-state.ts';
import { type Spending, spendingOf } from './standing.ts';

/** An object whose spending is asked for. */
export interface SpendingObject {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  /** RFC 3339; of a service or processor what its replicas used before that day (UTC) is of another that had its name. */
  readonly since: string;
}

export interface SpendingQuery {
  readonly kind: UsageFact['object']['kind'];
  readonly objects: readonly SpendingObject[];
  /** Only of these; all if absent. */
  readonly owners?: readonly string[] | undefined;
  readonly nowMs: number;
  /** Until when what goes on is projected, in milliseconds since the epoch. */
  readonly untilMs: number;
}

interface Row {
  readonly id: string;
  readonly currency: string | null;
  readonly platform: boolean;
  readonly money: string | null;
  readonly seconds: string | null;
  readonly state: RunState | null;
}

/** The query, and how its rows are read. One statement, so that no hour is counted twice that is written meanwhile. */
export function spendingStatement(query: SpendingQuery): { readonly statement: RawBuilder<Row>; readonly read: (rows: readonly Row[]) => readonly Spending[] } {
  const { kind, objects, owners } = query;
  const crew = kind !== 'Container';
  const of = sql.lit(kind);
  const wanted = objects.map(({ id, namespace, name, since }) => ({ id, namespace, name, since: since.slice(0, 10) }));
  const theirs = (table: 'u' | 'r'): RawBuilder<unknown> => (owners === undefined ? sql`true` : sql`${sql.ref(`${table}.owner`)} = any(${[...owners]}::text[])`);
  const figures = sql`u.currency, u.kind = 'platform' as platform, u.amount + u.cost as money, case when u.kind = 'platform' then u.quantity else 0 end as seconds`;
  const replicas = sql`
    union all select w.id, ${figures} from wanted as w join billing_subjects as s on s.of_name = w.name and s.of_kind = ${of} and s.namespace = w.namespace
      join billing_days as u on u.subject = s.id and u.day >= w.since where ${theirs('u')}`;
  const runs = crew ? sql`r.of_name = w.name and r.of_kind = ${of}` : sql`r.container_id = w.id`;
  const statement = sql<Row>`
    with wanted as materialized (
      select * from json_to_recordset(${JSON.stringify(wanted)}::text::json) as w(id text, namespace text, name text, since date)
    ), facts as (
      select w.id, ${figures} from wanted as w join billing_subjects as s on s.object_id = w.id and s.object_kind = ${of} and s.namespace = w.namespace
        join billing_days as u on u.subject = s.id where ${theirs('u')}
      ${crew ? replicas : sql``}
    )
    select id, currency, platform, trim_scale(sum(money))::text as money, trim_scale(sum(seconds))::text as seconds, null::jsonb as state from facts group by id, currency, platform
    union all select w.id, null, false, null, null, r.state from wanted as w join billing_runs as r on ${runs} and r.namespace = w.namespace and r.due_at is not null where ${theirs('r')}`;
  return { statement, read: (rows) => read(query, rows) };
}

function read({ objects, nowMs, untilMs }: SpendingQuery, rows: readonly Row[]): readonly Spending[] {
  const byId = Map.groupBy(rows, ({ id }) => id);
  return objects.map(({ id }) => {
    const its = byId.get(id) ?? [];
    return spendingOf(id, {
      written: its.flatMap(({ currency, platform, money, seconds }) => (currency === null ? [] : [{ currency, platform, money: money ?? '0', seconds: seconds ?? '0' }])),
      open: its.flatMap(({ state }) => state?.lines.filter((line) => line.open) ?? []),
    }, { nowMs, untilMs });
  });
}
