import { expect, test } from 'vitest';
import { pauseMs } from './starters.ts';

test.each([
  ['at first every 5 ms', 0, 1, 5],
  ['a fiftieth of the time it takes', 2_000, 1, 40],
  ['never longer than a quarter of a second', 600_000, 1, 250],
  ['25 at once, each within 20 ms', 100, 25, 12.5],
  ['100 at once, each within 200 ms', 100, 100, 50],
])('a replica that starts is asked %s', (_, askedMs, count, ms) => {
  expect(pauseMs(askedMs, count)).toBe(ms);
});
