import { type Kysely, sql } from 'kysely';
import { budgetFunctions } from './0002-write.ts';

/** What live containers may take of budgets is counted with what they take of quotas. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of budgetFunctions) await sql.raw(statement).execute(db);
}
