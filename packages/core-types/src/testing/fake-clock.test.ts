import { expect, test } from 'vitest';
import { fakeClock } from './fake-clock.ts';
import { seededRandom } from './seeded-random.ts';

test('sleepers wake in the order of their time, and none too early', async () => {
  const clock = fakeClock(0);
  const woken: string[] = [];
  const sleep = (ms: number, name: string) => clock.sleep(ms).then(() => woken.push(name));
  const all = [sleep(300, 'late'), sleep(100, 'early'), sleep(200, 'middle')];
  clock.advance(250);
  await Promise.all([all[1], all[2]]);
  expect(woken).toEqual(['early', 'middle']);
  expect(clock.now()).toBe(250);
  clock.advance(50);
  await Promise.all(all);
  expect(woken).toEqual(['early', 'middle', 'late']);
});

test('a sleep ends at once when it is aborted, before or during it', async () => {
  const clock = fakeClock();
  const stop = new AbortController();
  const during = clock.sleep(1_000, stop.signal);
  stop.abort();
  await during;
  await clock.sleep(1_000, stop.signal);
});

test('a seed gives the same chance again, and another seed another', () => {
  const draw = (seed: number) => [...seededRandom(seed)(16)];
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});
