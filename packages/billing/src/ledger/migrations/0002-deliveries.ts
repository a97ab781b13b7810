import { type Kysely, sql } from 'kysely';

/** What is remembered of sending facts elsewhere; how far it came is in `billing_positions`. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // Who sends at present, of several servers, and what is in its way.
  `create table billing_deliveries (
    sink text primary key,
    holder text,
    lease_until timestamptz not null,
    moved_at timestamptz,
    trouble text,
    trouble_at timestamptz
  )`,
  // Facts that the other side refuses, each with its reason.
  `create table billing_undelivered (
    sink text not null,
    position bigint not null,
    id text not null,
    reason text not null,
    refused_at timestamptz not null default now(),
    primary key (sink, position)
  )`,
];
