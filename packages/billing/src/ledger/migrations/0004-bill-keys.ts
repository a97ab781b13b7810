import { type Kysely, sql } from 'kysely';

/** The keys that bills are signed with: private halves as whoever keeps them has sealed them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table billing_keys (id text primary key, public_key text not null, sealed bytea not null, made_at timestamptz not null default now(), retired_at timestamptz)`,
  // One signs at a time.
  `create unique index billing_keys_current on billing_keys ((true)) where retired_at is null`,
];
