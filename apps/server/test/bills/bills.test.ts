import { afterAll, beforeAll, expect, test } from 'vitest';
import { liveBilled } from './billed-life.ts';
import { billedPlan } from './billed-plan.ts';
import { judged } from './judge.ts';
import { type MortalDatabase, mortalDatabase } from './mortal-database.ts';

const only = process.env['NEB_TEST_SEED'];
/** Short lives with much in them; many more are for the long test. */
const seeds = only === undefined ? [2, 4, 12] : [Number(only)];
let database: MortalDatabase;
beforeAll(async () => { database = await mortalDatabase(); });
afterAll(() => database[Symbol.asyncDispose]());

test.each(seeds)('bills are what really happened, whatever dies, is lost, away or set wrong (seed %i)', async (seed) => {
  const plan = billedPlan(seed);
  expect(await judged(await liveBilled(plan, database)), `replay with NEB_TEST_SEED=${seed}: ${JSON.stringify(plan)}`).toEqual([]);
}, 120_000);
