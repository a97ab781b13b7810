import { expect, test } from 'vitest';
import { fraction, newId, systemRandom } from './random.ts';
import { seededRandom } from './testing/seeded-random.ts';

test('an id is a host name, and no two are alike', () => {
  const random = seededRandom(7);
  const ids = Array.from({ length: 5_000 }, () => newId(random));
  for (const id of ids) expect(id).toMatch(/^[a-hjkmnp-tv-z][0-9a-hjkmnp-tv-z]{11}$/);
  expect(new Set(ids).size).toBe(ids.length);
  expect(newId()).not.toBe(newId());
});

test('a fraction is at least 0 and below 1, from end to end', () => {
  expect(fraction((size) => new Uint8Array(size))).toBe(0);
  expect(fraction((size) => new Uint8Array(size).fill(255))).toBeLessThan(1);
  const mean = Array.from({ length: 10_000 }, () => fraction(systemRandom)).reduce((sum, x) => sum + x, 0) / 10_000;
  expect(mean).toBeGreaterThan(0.45);
  expect(mean).toBeLessThan(0.55);
});
