import { type Kysely, sql } from 'kysely';

/** Whose each run is, and indexes by which what single objects came to is found. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // Null until the run is looked at again, which is within the hour where it goes on.
  `alter table billing_runs add column owner text, add column namespace text, add column of_kind text, add column of_name text`,
  `create index billing_runs_of on billing_runs (of_name) where of_name is not null and due_at is not null`,
  `create index billing_subjects_object on billing_subjects (object_id)`,
  `create index billing_subjects_of on billing_subjects (of_name) where of_name is not null`,
  `create index billing_days_subject on billing_days (subject)`,
  `alter table billing_runs enable row level security`,
  `alter table billing_runs force row level security`,
  `create policy billing_wall on billing_runs using (
    (select coalesce(current_setting('neb.owners', true), '') = '') or owner = any ((select nullif(current_setting('neb.owners', true), '')::text[])::text[]))`,
];
