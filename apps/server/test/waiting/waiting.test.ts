import { expect, test } from 'vitest';
import { hourOfWaiting } from './hour.ts';
import { different, type Trouble, troubles } from './troubles.ts';

// Three of the ways to wait; waiting.long.test.ts has them all.
test.each(['sold out', 'no right to buy', 'a cloud that is down'] satisfies readonly Trouble[])('a hundred containers that wait for different things ask little of a cloud: %s', async (name) => {
  const { prepare, most, mostCreates, why } = troubles[name];
  const [nobody, hundred] = [await hourOfWaiting({ specs: [], prepare, stepMs: 15_000 }), await hourOfWaiting({ specs: different(100), prepare, stepMs: 15_000 })];
  expect(hundred.running).toBe(0);
  expect(hundred.says).toMatch(why);
  expect(hundred.creates).toBeLessThanOrEqual(mostCreates);
  // What is left are sweeps.
  expect(hundred.total - nobody.total).toBeLessThanOrEqual(most);
}, 60_000);
