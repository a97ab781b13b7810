import { expect, test } from 'vitest';
import { drawnLife, drawnPlan } from './drawn.ts';
import { everyMoment } from './every-moment.ts';
import { classesOf } from './fault-classes.ts';
import { live } from './life.ts';

const only = process.env['NEB_TEST_SEED'];
const seeds = only === undefined ? [1, 2] : [Number(only)];

test.each(classesOf(['runpod']))('a control plane that dies while the cloud has %s leaves no orphan, no double and nothing stuck', async (faultClass) => {
  for (const seed of seeds) expect((await live({ seed, faultClass, clouds: ['runpod'], plan: drawnPlan(seed) })).wrongs, `replay with NEB_TEST_SEED=${seed}`).toEqual([]);
});

test('nor does one that dies while it has machines at EC2, or fails over from one cloud to the other', async () => {
  for (const seed of only === undefined ? [1, 2, 3, 4] : [Number(only)]) {
    const life = drawnLife(seed);
    expect((await live(life)).wrongs, `replay with NEB_TEST_SEED=${seed}: ${JSON.stringify(life)}`).toEqual([]);
  }
});

// Every moment, with every fault, is for the long test.
test.each(['create', 'delete'] as const)('a death at any moment of a %s is made good', async (deed) => {
  const { waits, lives, deaths, ill } = await everyMoment({ deed, cloud: 'runpod', faultClass: 'none' }, 5);
  expect(ill).toEqual([]);
  expect(waits).toBeGreaterThan(10);
  expect(deaths).toBe(lives - 1);
});
