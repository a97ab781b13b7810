import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { decimal, formatDecimal, parseDecimal, plus, times } from './decimal.ts';
import { type Money, sumOf, sumsOf } from './money.ts';

const decimals = fc.tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat({ max: 20 })).map(([digits, places]) => ({ digits, places }));

describe('a decimal', () => {
  it.each([['0.10', '0.1'], ['1e-7', '0.0000001'], ['2.5e3', '2500'], ['-0.50', '-0.5'], ['007', '7'], ['-0', '0'], ['100', '100']])('%s is %s', (text, written) => {
    expect(formatDecimal(decimal(text))).toBe(written);
  });

  it.each(['', '.5', '1.', '1,5', 'NaN', '0x10', '1e9999'])('is not %j', (text) => {
    expect(parseDecimal(text)).toBeUndefined();
  });

  test('is read as it was written', () => {
    fc.assert(fc.property(decimals, (one) => {
      const text = formatDecimal(one);
      expect(formatDecimal(decimal(text))).toBe(text);
    }));
  });

  test('adds and multiplies as numbers do', () => {
    fc.assert(fc.property(decimals, decimals, decimals, (a, b, c) => {
      expect(formatDecimal(times(a, plus(b, c)))).toBe(formatDecimal(plus(times(a, b), times(a, c))));
      expect(formatDecimal(plus(a, b))).toBe(formatDecimal(plus(b, a)));
    }));
  });
});

describe('money', () => {
  test('adds up within a currency, to the last place', () => {
    expect(sumOf({ currency: 'USD', amount: '0.1' }, { currency: 'USD', amount: '0.200000000000000000001' })).toEqual({ currency: 'USD', amount: '0.300000000000000000001' });
  });

  test('of two currencies is no sum, for the compiler and when it runs', () => {
    const euros = { currency: 'EUR', amount: '1' } as const;
    // @ts-expect-error Money<'EUR'> is no Money<'USD'>.
    expect(() => sumOf({ currency: 'USD', amount: '1' } as const, euros)).toThrow('USD and EUR cannot be added');
    const [a, b]: Money[] = [{ currency: 'USD', amount: '1' }, euros];
    expect(() => sumOf(a!, b!)).toThrow('USD and EUR cannot be added');
  });

  test('is summed for each currency by itself, in any order', () => {
    const money = fc.record({ currency: fc.constantFrom('USD', 'EUR', 'CHF'), amount: decimals.map(formatDecimal) });
    fc.assert(fc.property(fc.array(money), (all) => {
      expect(sumsOf(all.toReversed())).toEqual(sumsOf(all));
    }));
    expect(sumsOf([{ currency: 'USD', amount: '1' }, { currency: 'EUR', amount: '2' }, { currency: 'USD', amount: '0.50' }])).toEqual([{ currency: 'EUR', amount: '2' }, { currency: 'USD', amount: '1.5' }]);
  });
});
