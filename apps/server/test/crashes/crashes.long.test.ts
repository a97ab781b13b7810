import { describe, expect, test } from 'vitest';
import { drawnLife } from './drawn.ts';
import { everyMoment } from './every-moment.ts';
import { type CloudName, classesOf } from './fault-classes.ts';
import { live } from './life.ts';

const rounds = Number(process.env['NEB_TEST_ROUNDS'] ?? 20);
/** In the square: 10,000 seeds in 200 rounds and a hundredth of them in 20. */
const seeds = Math.ceil(Math.min(10_000, rounds ** 2 / 4));
/** Every moment in 200 rounds; in 20 the first and each 90th from there. */
const step = Math.max(1, Math.round((200 - rounds) / 2));
const only = process.env['NEB_TEST_SEED'];
/** The first four are lived every day. */
const isWanted = seeds > 4 || only !== undefined;

test.skipIf(!isWanted)(`${seeds} seeds, of clouds, faults and deaths: no orphan, no double purchase, nothing stuck`, async () => {
  const [first, last] = only === undefined ? [1, seeds] : [Number(only), Number(only)];
  const ill: object[] = [];
  let [deaths, lived, purchases] = [0, 0, 0];
  for (let seed = first; seed <= last; seed++) {
    const life = drawnLife(seed);
    const outcome = await live(life);
    deaths += outcome.deaths;
    if (outcome.deaths === 0) lived++;
    purchases += outcome.purchases;
    if (outcome.wrongs.length > 0) ill.push({ replay: `NEB_TEST_SEED=${seed}`, ...life, wrongs: outcome.wrongs });
  }
  console.log(`crashes: seeds ${first} to ${last}, ${deaths} deaths, ${lived} lives without one, ${purchases} purchases, ${ill.length} ill`);
  expect(ill).toEqual([]);
  // A death may be meant for later than the life lasts, but seldom.
  if (only === undefined) expect(lived).toBeLessThan((last - first + 1) / 4);
});

const deeds = (['runpod', 'aws'] as CloudName[]).flatMap((cloud) => (['create', 'delete'] as const).map((deed) => ({ cloud, deed })));

describe.each(deeds)('at every moment of a $deed at $cloud', ({ cloud, deed }) => {
  test.each(classesOf([cloud]))('where it has %s, a death is made good', async (faultClass) => {
    const { waits, lives, deaths, ill } = await everyMoment({ deed, cloud, faultClass }, step);
    console.log(`crashes: ${deed} at ${cloud} with ${faultClass}: ${waits} waits, ${lives} lives, ${deaths} deaths, ${ill.length} ill`);
    expect(ill).toEqual([]);
    expect(deaths).toBeGreaterThan(0);
  });
});
