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

test('it tells when the first sleeper is to wake, so that time can go there at once', async () => {
  const clock = fakeClock();
  expect(clock.nextMs()).toBeUndefined();
  const stop = new AbortController();
  const all = [clock.sleep(300), clock.sleep(100, stop.signal)];
  expect(clock.nextMs()).toBe(100);
  stop.abort();
  expect(clock.nextMs()).toBe(300);
  clock.advance(300);
  await Promise.all(all);
  expect(clock.nextMs()).toBeUndefined();
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
