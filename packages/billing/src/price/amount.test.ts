import { costOf } from '@neb/core-types';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { compare, plainSum } from '../../test/exactly.ts';
import { sumsOf } from '../money/money.ts';
import { amountOf, amountOver, totalAfter } from './amount.ts';
import { type Rate, rateOf } from './rate.ts';
import { millisecondsIn } from './units.ts';

const units = ['second', 'minute', 'hour', 'day'] as const;
const prices = fc.bigInt({ min: 0n, max: 10n ** 14n }).map((nanos) => `${nanos / 10n ** 9n}.${String(nanos % 10n ** 9n).padStart(9, '0')}`);
const rates: fc.Arbitrary<Rate> = fc.record({ currency: fc.constant('USD'), price: prices, unit: fc.constantFrom(...units) });
/** Places where a run is cut, up to a month after its beginning. */
const cuts = fc.uniqueArray(fc.nat({ max: 31 * 86_400_000 }), { minLength: 2, maxLength: 20 }).map((all) => all.sort((a, b) => a - b));
const rounding = fc.constantFrom('down' as const, 'up' as const);

describe('what time costs', () => {
  test('is additive over splits of an interval, whatever the tick and the order', () => {
    fc.assert(fc.property(rates, cuts, rounding, fc.integer(), (rate, at, rounded, seed) => {
      const parts = at.slice(1).map((toMs, nth) => amountOver(rate, { fromMs: at[nth]!, toMs }, rounded));
      const shuffled = parts.map((part, nth) => ({ part, key: Math.imul(nth + 1, seed | 1) })).sort((a, b) => a.key - b.key).map(({ part }) => part);
      const whole = amountOver(rate, { fromMs: at[0]!, toMs: at.at(-1)! }, rounded);
      expect(sumsOf(parts)).toEqual([whole]);
      expect(sumsOf(shuffled)).toEqual([whole]);
    }));
  });

  test('is the same with every tick', () => {
    fc.assert(fc.property(rates, fc.integer({ min: 1, max: 200_000 }), fc.integer({ min: 1, max: 50 }), (rate, tickMs, count) => {
      const ticks = Array.from({ length: count }, (_, nth) => amountOver(rate, { fromMs: nth * tickMs, toMs: (nth + 1) * tickMs }));
      expect(sumsOf(ticks)).toEqual([totalAfter(rate, count * tickMs)]);
    }));
  });

  test('never falls while it runs, and is never more than the exact price nor less by a billionth', () => {
    fc.assert(fc.property(rates, cuts, rounding, (rate, at, rounded) => {
      const totals = at.map((ms) => totalAfter(rate, ms, rounded).amount);
      totals.slice(1).forEach((total, nth) => expect(compare(total, totals[nth]!)).toBeGreaterThanOrEqual(0));
      const exact = amountOf(rate, String(at.at(-1)!)).amount;
      const unitMs = millisecondsIn(rate.unit)!;
      const billed = amountOf({ ...rate, price: totals.at(-1)! }, String(unitMs)).amount;
      const slack = amountOf({ ...rate, price: '0.000000001' }, String(unitMs)).amount;
      const [less, more] = rounded === 'down' ? [billed, exact] : [exact, billed];
      expect(compare(less, more)).toBeLessThanOrEqual(0);
      expect(compare(plainSum([less, slack]), more)).toBeGreaterThan(0);
    }));
  });

  test('of one unit is exactly its price', () => {
    fc.assert(fc.property(rates, rounding, (rate, rounded) => {
      expect(plainSum([totalAfter(rate, Number(millisecondsIn(rate.unit)), rounded).amount])).toBe(plainSum([rate.price]));
    }));
  });

  test('of an hour in seconds is exactly the cost of an hour', () => {
    const rate = { currency: 'USD', price: '0.37', unit: 'hour' } as const;
    const seconds = Array.from({ length: 3_600 }, (_, at) => amountOver(rate, { fromMs: at * 1_000, toMs: (at + 1) * 1_000 }));
    expect(sumsOf(seconds)).toEqual([{ currency: 'USD', amount: '0.37' }]);
  });

  test('taken back is what was asked', () => {
    expect(amountOver({ currency: 'USD', price: '3', unit: 'hour' }, { fromMs: 3_600_000, toMs: 1_800_000 })).toEqual({ currency: 'USD', amount: '-1.5' });
  });

  test('rounded up is what an attempt says that it cost', () => {
    fc.assert(fc.property(prices, fc.nat({ max: 10 ** 10 }), (price, ms) => {
      expect(totalAfter({ currency: 'USD', price, unit: 'hour' }, ms, 'up').amount).toBe(costOf(price, ms));
    }));
  });
});

describe('what is counted costs', () => {
  test('exactly its price times its quantity, in whatever portions and order', () => {
    const quantities = fc.array(fc.bigInt({ min: 0n, max: 10n ** 20n }).map((digits) => `${digits / 10n ** 10n}.${String(digits % 10n ** 10n).padStart(10, '0')}`), { minLength: 1 });
    fc.assert(fc.property(prices, quantities, (price, all) => {
      const rate: Rate = { currency: 'USD', price, unit: 'GiB' };
      expect(sumsOf(all.toReversed().map((quantity) => amountOf(rate, quantity)))).toEqual([amountOf(rate, plainSum(all))]);
    }));
  });
});

describe('a meter', () => {
  it.each([
    [{ cost: '0.1', currency: 'USD', unit: 'second' }, '3', { price: '0.1', unit: 'second', currency: 'USD' }],
    [{ cost: '0.1', costp: 10, currency: 'USD', unit: 'second' }, '0.37', { price: '0.407', unit: 'hour', currency: 'USD' }],
    [{ costp: 7.25, currency: 'USD', unit: 'minute' }, '0.123456789', { price: '0.1324074062025', unit: 'hour', currency: 'USD' }],
    [{ costp: 1e-7, currency: 'USD', unit: 'hour' }, '1', { price: '1.000000001', unit: 'hour', currency: 'USD' }],
    [{ cost: '2', currency: 'EUR', unit: 'token' }, undefined, { price: '2', unit: 'token', currency: 'EUR' }],
    [{ currency: 'EUR', unit: 'token' }, undefined, { price: '0', unit: 'token', currency: 'EUR' }],
  ])('%j on %s asks %j', (meter, platformPrice, rate) => {
    expect(rateOf(meter, platformPrice)).toEqual({ rate });
  });

  it.each([
    [{ costp: 10, currency: 'EUR', unit: 'second' }, '3', 'costp is of a price in USD, and the meter is in EUR: name a cost'],
    [{ costp: 10, currency: 'USD', unit: 'token' }, '3', 'costp is of a price an hour, and token is no unit of time: name a cost'],
    [{ costp: 10, currency: 'USD', unit: 'hour' }, undefined, 'costp is of a platform\'s price, and what is counted here has none: name a cost'],
  ])('%j on %s asks nothing, and says why', (meter, platformPrice, problem) => {
    expect(rateOf(meter, platformPrice)).toEqual({ problem });
  });

  it.each([['hours', 3_600_000n], ['H', 3_600_000n], ['seconds', 1_000n], ['ms', 1n], ['days', 86_400_000n], ['token', undefined], ['ss', undefined], ['constructor', undefined]])('has %s of %s milliseconds', (unit, ms) => {
    expect(millisecondsIn(unit)).toBe(ms);
  });
});
