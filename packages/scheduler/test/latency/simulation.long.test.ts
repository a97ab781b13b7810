import { expect, test } from 'vitest';
import { play, sumOf } from './against.ts';

const rounds = Math.max(1, Math.round(Number(process.env['NEB_TEST_ROUNDS'] ?? 200) / 20));

test('over many seeds misses times replica-seconds are fewer than those of each of the others, told what a replica bears or not', () => {
  const scores = play(Array.from({ length: rounds }, (_, nth) => 201 + nth));
  const [neb, untold] = [sumOf(scores, 'neb'), sumOf(scores, 'neb, told no capacity')];
  const others = ['Knative', 'HPA on CPU', 'HPA on requests', 'always one', 'always the most'].map((name) => sumOf(scores, name));
  expect(neb).toBeLessThan(0.75 * Math.min(...others));
  expect(untold).toBeLessThan(Math.min(...others));
});
