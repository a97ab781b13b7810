import { expect, it } from 'vitest';
import { sinceParameter } from './since.ts';

it.each([
  ['2026-01-31T12:00:00Z', '1769860800.000000000'],
  ['2026-01-31T12:00:00.5Z', '1769860800.500000000'],
  ['2026-01-31T12:00:00.123456789Z', '1769860800.123456789'],
  ['2026-01-31T13:00:00.000000001+01:00', '1769860800.000000001'],
])('since %s is asked of an engine as %s', (at, parameter) => {
  expect(sinceParameter(at)).toBe(parameter);
});

it('since refuses what is no time', () => {
  expect(() => sinceParameter('yesterday')).toThrow('"yesterday" is not a time');
});
