import { inDatabaseWords } from '@neb/core-types';
import { type Kysely, type RawBuilder, sql } from 'kysely';

/** A fact that OpenMeter refuses. */
export interface Undelivered {
  /** In the ledger. */
  readonly position: number;
  readonly id: string;
  readonly reason: string;
}

/** How far facts were delivered, and by which of several servers. Times are the database's, so that servers' clocks do not matter. */
export interface Progress {
  /** Whether the ledger holds what was not delivered. */
  isBehind(): Promise<boolean>;
  /** Takes or keeps the lease, and answers with the last position that was delivered; `undefined` where another server has the lease. */
  hold(): Promise<number | undefined>;
  /** Writes down that all up to a position is done with, in one write with what was refused of it; keeps the lease. `false` where it was lost, and nothing is written. */
  advance(position: number, refused: readonly Undelivered[]): Promise<boolean>;
  /** Gives the lease back, with what is in the way where something is. */
  release(trouble?: string): Promise<void>;
}

/** What an operator wants to know of the delivery, whichever server does it. */
export interface DeliveryStatus {
  /** Of the last fact that is done with, in the ledger. */
  readonly position: number;
  /** Facts after that one, among them those of platforms, which are passed over. */
  readonly behind: number;
  /** When the position last moved, RFC 3339. */
  readonly movedAt: string | undefined;
  /** What is in the way at present. */
  readonly trouble: { readonly message: string; readonly at: string } | undefined;
  /** How many facts OpenMeter refused, and the first hundred of them. */
  readonly undelivered: number;
  readonly refused: readonly Undelivered[];
}

/** Of OpenMeter, in the tables that may once serve others. */
const sink = 'openmeter';
const shown = 100;

export function progress(db: Kysely<unknown>, { holder, leaseMs }: { readonly holder: string; readonly leaseMs: number }): Progress {
  const leaseEnd = sql`now() + ${leaseMs} * interval '1 millisecond'`;

  return {
    async isBehind() {
      const [row] = await rowsOf(db, sql<{ behind: boolean }>`select position > ${delivered} as behind from billing_head`);
      return row!.behind;
    },
    async hold() {
      const [row] = await rowsOf(db, sql<{ position: number }>`
        with held as (
          insert into billing_deliveries as d (sink, holder, lease_until) values (${sink}, ${holder}, ${leaseEnd})
          on conflict (sink) do update set holder = excluded.holder, lease_until = excluded.lease_until
          where d.holder is null or d.holder = excluded.holder or d.lease_until < now()
          returning sink
        )
        select (${delivered})::float8 as position from held`);
      return row?.position;
    },
    async advance(position, refused) {
      const rows = await rowsOf(db, sql`
        with held as (
          update billing_deliveries set lease_until = ${leaseEnd}, moved_at = now(), trouble = null, trouble_at = null
          where sink = ${sink} and holder = ${holder} returning sink
        ), moved as (
          insert into billing_positions (source, position) select sink, ${String(position)} from held
          on conflict (source) do update set position = excluded.position where billing_positions.position::bigint < excluded.position::bigint
        ), refused as (
          insert into billing_undelivered (sink, position, id, reason)
          select held.sink, r.position, r.id, r.reason from held, json_to_recordset(${JSON.stringify(refused)}::text::json) as r(position bigint, id text, reason text)
          on conflict do nothing
        )
        select 1 from held`);
      return rows.length > 0;
    },
    async release(trouble) {
      const told = trouble === undefined ? sql`` : sql`, trouble = ${trouble}, trouble_at = now()`;
      await rowsOf(db, sql`update billing_deliveries set holder = null ${told} where sink = ${sink} and holder = ${holder}`);
    },
  };
}

/** Reads how the delivery goes. */
export async function deliveryStatus(db: Kysely<unknown>): Promise<DeliveryStatus> {
  const [row] = await rowsOf(db, sql<{ position: number; behind: number; moved_at: Date | null; trouble: string | null; trouble_at: Date | null; undelivered: number }>`
    select (${delivered})::float8 as position, (head.position - ${delivered})::float8 as behind, d.moved_at, d.trouble, d.trouble_at,
      (select count(*) from billing_undelivered where sink = ${sink})::float8 as undelivered
    from billing_head as head left join billing_deliveries as d on d.sink = ${sink}`);
  const { position, behind, moved_at: movedAt, trouble, trouble_at: troubleAt, undelivered } = row!;
  return {
    position, behind, undelivered, movedAt: movedAt?.toISOString(),
    trouble: trouble === null ? undefined : { message: trouble, at: troubleAt!.toISOString() },
    refused: undelivered === 0 ? [] : await undeliveredAfter(db, 0),
  };
}

/** What was refused, in the order of the ledger: at most a hundred after a position. */
export async function undeliveredAfter(db: Kysely<unknown>, position: number): Promise<readonly Undelivered[]> {
  return await rowsOf(db, sql<Undelivered>`
    select position::float8 as position, id, reason from billing_undelivered
    where sink = ${sink} and billing_undelivered.position > ${position} order by billing_undelivered.position limit ${sql.lit(shown)}`);
}

/** Forgets that a fact was refused: it is delivered now. */
export async function forgetUndelivered(db: Kysely<unknown>, position: number): Promise<void> {
  await rowsOf(db, sql`delete from billing_undelivered where sink = ${sink} and position = ${position}`);
}

const delivered = sql`coalesce((select p.position::bigint from billing_positions as p where p.source = ${sink}), 0)`;

async function rowsOf<R>(db: Kysely<unknown>, query: RawBuilder<R>): Promise<readonly R[]> {
  return (await inDatabaseWords('unavailable', () => query.execute(db))).rows;
}
