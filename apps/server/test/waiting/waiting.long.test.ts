import { expect, test } from 'vitest';
import { type Hour, hourOfWaiting } from './hour.ts';
import { alike, different, type Trouble, troubles } from './troubles.ts';
/** Takes minutes whatever it is told, and so is left to whoever wants 20 rounds or more. */
const isWanted = Number(process.env['NEB_TEST_ROUNDS'] ?? 20) >= 20;

test.skipIf(!isWanted).each(Object.keys(troubles) as readonly Trouble[])('what waiting containers ask of a cloud in an hour: %s', async (name) => {
  const { prepare, most, mostCreates, why } = troubles[name];
  const hours: Record<string, Hour> = {};
  for (const [who, specs] of Object.entries({ nobody: [], one: alike(1), alike: alike(100), different: different(100) })) {
    const hour = await hourOfWaiting({ specs, prepare, stepMs: 1_000 });
    hours[who] = hour;
    console.log(`${name}, ${who}: ${hour.total} calls ${JSON.stringify(hour.calls)}`);
    expect(hour.running).toBe(0);
    expect(hour.creates).toBeLessThanOrEqual(mostCreates);
    expect(hour.total - hours['nobody']!.total).toBeLessThanOrEqual(most);
    if (specs.length > 0) expect(hour.says).toMatch(why);
  }
  // A hundred that want the same are no more to a cloud than a few.
  const [nobody, one, many] = [hours['nobody']!.total, hours['one']!.total, hours['alike']!.total];
  expect(many - nobody).toBeLessThanOrEqual(2 * (one - nobody) + 20);
}, 300_000);
