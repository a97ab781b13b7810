import { describe, expect, test } from 'vitest';
import { addMoney, compareMoney, costOf, formatMoney, inDollars, money, parseMoney, price } from './money.ts';
import { seededRandom } from './testing/seeded-random.ts';

test.each([
  ['0', 0n, '0'],
  ['1', 1_000_000_000n, '1'],
  ['1.50', 1_500_000_000n, '1.5'],
  ['0.000000001', 1n, '0.000000001'],
  ['-0.1', -100_000_000n, '-0.1'],
  ['-0', 0n, '0'],
  ['12345678901234567890.123456789', 12345678901234567890_123456789n, '12345678901234567890.123456789'],
])('%s is %i billionths', (text, nanos, canonical) => {
  expect(parseMoney(text)).toBe(nanos);
  expect(formatMoney(nanos)).toBe(canonical);
});

test.each(['', '.', '1.', '.5', '1e3', '1,5', '$1', '0.0000000001', '--1', 'NaN'])('%j is not an amount', (text) => {
  expect(parseMoney(text)).toBeUndefined();
});

test('any amount reads back as what was written', () => {
  const random = seededRandom(3);
  for (let round = 0; round < 1_000; round++) {
    const bytes = random(1 + (round % 16));
    const nanos = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n) * (round % 2 === 0 ? 1n : -1n);
    const text = formatMoney(nanos);
    expect(parseMoney(text)).toBe(nanos);
    expect(money.parse(text)).toBe(text);
  }
});

test('amounts compare by value, not by their text', () => {
  expect(['10', '9.5', '-1', '0.50', '0.5'].sort(compareMoney)).toEqual(['-1', '0.50', '0.5', '9.5', '10']);
});

test('what is not an amount is not taken for the cheapest', () => {
  expect(() => compareMoney('free', '1')).toThrow('not an amount of money: free');
});

describe('in a manifest', () => {
  test.each([
    [0.1, '0.1'],
    [1e-7, '0.0000001'],
    [1.5e-7, '0.00000015'],
    [0.000000001, '0.000000001'],
    [3, '3'],
    ['2.50', '2.5'],
  ])('%j is %s', (value, text) => {
    expect(money.parse(value)).toBe(text);
  });
  test.each([1e-10, 1.23e-9, 1e21, 'much', '1e-7', true, Number.NaN])('%j is refused rather than rounded', (value) => {
    expect(money.safeParse(value).success).toBe(false);
  });
  test('a price is not negative', () => {
    expect(price.safeParse(-0.1).error?.issues[0]?.message).toBe('must not be negative');
    expect(price.parse(0)).toBe('0');
  });
});

test.each([['3', 1_200_000, '1'], ['1', 3_600_000, '1'], ['0.1', 1, '0.000000028'], ['0', 5_000, '0'], ['2', -5, '0'], ['2.5', 90.2, '0.000063195']])('at %s an hour %d ms cost %s', (price, ms, cost) => {
  expect(costOf(price, ms)).toBe(cost);
  expect(addMoney(cost, '1')).toBe(formatMoney(parseMoney(cost)! + 1_000_000_000n));
});

test.each([['0', '$0'], ['0.004', 'less than $0.01'], ['0.005', '$0.01'], ['0.5', '$0.50'], ['12', '$12'], ['1.999', '$2'], ['1234567.891', '$1234567.89']])('%s reads as %s', (text, read) => {
  expect(inDollars(text)).toBe(read);
});
