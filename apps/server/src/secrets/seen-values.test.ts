import { expect, test } from 'vitest';
import { seenValues } from './seen-values.ts';

const secret = { namespace: 'shop', name: 'key' };

test('the values of a name are remembered, each once, the latest last', () => {
  const seen = seenValues();
  for (const value of ['a', 'b', 'a']) seen.note(secret, value);
  expect(seen.of(secret)).toEqual(['b', 'a']);
  expect(seen.of({ ...secret, name: 'other' })).toEqual([]);
});

test('no more than 32 of a name are, and what was longest out of use is forgotten first', () => {
  const seen = seenValues();
  for (let n = 0; n < 40; n++) seen.note(secret, String(n));
  expect(seen.of(secret)).toHaveLength(32);
  expect(seen.of(secret).at(-1)).toBe('39');
  for (let n = 0; n < 10_000; n++) seen.note({ namespace: 'many', name: String(n) }, 'x');
  expect(seen.of(secret)).toEqual([]);
});
