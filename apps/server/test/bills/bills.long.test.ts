import { expect, test } from 'vitest';
import { liveBilled } from './billed-life.ts';
import { billedPlan } from './billed-plan.ts';
import { judged } from './judge.ts';
import { mortalDatabase } from './mortal-database.ts';

/** In the square: 500 in 200 rounds, 5 in 20, and one beside those of bills.test.ts in 3. */
const seeds = Math.ceil(Number(process.env['NEB_TEST_ROUNDS'] ?? 20) ** 2 / 80);
/** One seed, or several as in 5-30. */
const only = process.env['NEB_TEST_SEED'];

test(`${only === undefined ? `${seeds} seeds` : `seed ${only}`}, of clouds, faults, deaths and clocks: bills add up`, async () => {
  await using database = await mortalDatabase();
  const [first = 1, last = first] = only === undefined ? [1, seeds] : only.split('-').map(Number);
  const ill: object[] = [];
  const sums = { deaths: 0, downMs: 0, attempts: 0, facts: 0, terms: 0, events: 0, repeats: 0 };
  for (let seed = first; seed <= last; seed++) {
    const life = await liveBilled(billedPlan(seed), database);
    const wrongs = await judged(life);
    sums.deaths += life.deaths;
    sums.downMs += life.downs.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
    sums.attempts += life.attempts.length;
    sums.facts += life.records.length;
    sums.terms += life.attempts.reduce((sum, { terms = [] }) => sum + terms.length, 0);
    sums.events += life.openmeter.events.size;
    sums.repeats += life.openmeter.repeats();
    // Told at once: who ends it early has what there is.
    console.log(`bills: seed ${seed}: ${wrongs.length === 0 ? 'well' : 'ill'}`);
    if (wrongs.length > 0) ill.push({ replay: `NEB_TEST_SEED=${seed}`, faultClass: life.plan.faultClass, clouds: life.plan.clouds, wrongs });
  }
  console.log(`bills: seeds ${first} to ${last}, ${JSON.stringify(sums)}, ${ill.length} ill`);
  expect(ill).toEqual([]);
  // Of so many, some of everything.
  if (seeds >= 50 && only === undefined) for (const sum of Object.values(sums)) expect(sum).toBeGreaterThan(0);
});
