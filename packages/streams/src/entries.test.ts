import { expect, test } from 'vitest';
import { isAfter } from './entries.ts';

test.for([
  ['2-0', '1-9', true],
  ['1-9', '2-0', false],
  ['1-10', '1-9', true],
  ['10-0', '9-99', true],
  ['1-1', '1-1', false],
  ['1-1', '1', true],
  ['1', '1-0', false],
  ['18446744073709551615-18446744073709551615', '18446744073709551615-18446744073709551614', true],
] as const)('%s after %s: %s', ([id, other, is]) => {
  expect(isAfter(id, other)).toBe(is);
});
