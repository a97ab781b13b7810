import { type Kysely, sql } from 'kysely';

/** Whose each run is, so that what an owner's runs come to is known before it is in the ledger. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // Of a run that is known already it comes with its next period.
  `alter table billing_runs add column owner text, add column namespace text`,
  `create index billing_runs_open on billing_runs (owner) where due_at is not null`,
];
