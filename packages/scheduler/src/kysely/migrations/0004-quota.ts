import { type Kysely, sql } from 'kysely';
import { quotaFunctions } from './0002-write.ts';

/** What owners may take, and what each live container takes of it: absent of one that has ended. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...statements, ...quotaFunctions]) await sql.raw(statement).execute(db);
}

const statements = [
  `alter table resources add column demand jsonb`,
  `create index resources_taken_by on resources (owner) where demand is not null`,
  `create index resources_taken_in on resources (namespace) where demand is not null`,
  `create table quotas (owner text primary key, quota jsonb not null)`,
  `alter table quotas enable row level security`,
  `alter table quotas force row level security`,
  `create policy neb_wall on quotas using (
    (select coalesce(current_setting('neb.owners', true), '') = '') or owner = any ((select nullif(current_setting('neb.owners', true), '')::text[])::text[]))`,
];
