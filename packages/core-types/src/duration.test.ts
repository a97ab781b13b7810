import { describe, expect, test } from 'vitest';
import { duration } from './duration.ts';
import { durationMs, formatDuration, parseDuration } from './duration-text.ts';
import { fraction } from './random.ts';
import { seededRandom } from './testing/seeded-random.ts';

test.each([
  ['10s', 10_000],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['1h 30m', 5_400_000],
  ['100ms', 100],
  ['1d', 86_400_000],
  ['2w', 1_209_600_000],
  ['1.5h', 5_400_000],
  ['0s', 0],
  ['1.001s', 1_001],
  ['0.29s', 290],
])('%s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
  expect(durationMs(text)).toBe(ms);
});

test.each(['', ' ', '10', 's', '-5s', '1.s', '5 minutes', '1h-30m', '1y', 'ten'])('%j is not a duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
  expect(() => durationMs(text)).toThrow('not a duration');
});

test.each([
  [0, '0ms'],
  [-5, '0ms'],
  [999.9, '999ms'],
  [1_000, '1s'],
  [59_999, '59s'],
  [90_000, '1m30s'],
  [3_605_000, '1h'],
  [3_661_000, '1h1m'],
  [90_061_000, '1d1h'],
  [10 * 86_400_000, '10d'],
])('%d ms is shown as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('what is shown is never more than it was, and less by under a unit', () => {
  const random = seededRandom(1);
  for (let round = 0; round < 500; round++) {
    const ms = Math.floor(10 ** (fraction(random) * 10));
    const shown = durationMs(formatDuration(ms));
    expect(shown).toBeLessThanOrEqual(ms);
    expect(ms - shown).toBeLessThan(ms < 60_000 ? 1_000 : Math.max(60_000, ms / 24));
  }
});

describe('in a manifest', () => {
  test.each([
    ['30s', '30s'],
    [' 5m ', '5m'],
    [30, '30s'],
    [0.5, '0.5s'],
  ])('%j is kept as %s', (value, kept) => {
    expect(duration.parse(value)).toBe(kept);
  });
  test.each(['30', 'soon', -1, true])('%j is refused', (value) => {
    expect(duration.safeParse(value).success).toBe(false);
  });
});
