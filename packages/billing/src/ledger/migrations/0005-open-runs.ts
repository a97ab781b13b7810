import { type Kysely, sql } from 'kysely';

/** An index by which the runs that go on are found by whose they are: what they come to is known before it is in the ledger. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index billing_runs_open on billing_runs (owner) where due_at is not null`.execute(db);
}
