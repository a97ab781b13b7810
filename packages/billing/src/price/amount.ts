import { decimal, formatDecimal, times } from '../money/decimal.ts';
import { type Money, sumOf } from '../money/money.ts';
import type { Rate } from './rate.ts';
import { millisecondsIn } from './units.ts';

/** A part of a run, in whole milliseconds since its beginning. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const nanoPlaces = 9;

/**
 * What a run costs from its beginning until `ms` after it. Time is the only thing that is rounded at all, here and
 * nowhere else: down to the billionth for what is asked of a customer, up for what a platform asks, so that a margin is
 * never flattered.
 */
export function totalAfter<C extends string>(rate: Rate<C>, ms: number, rounded: 'down' | 'up' = 'down'): Money<C> {
  const unitMs = millisecondsIn(rate.unit);
  if (unitMs === undefined) throw new Error(`${rate.unit} is no unit of time`);
  const { digits, places } = decimal(rate.price);
  const nanos = quotient(digits * BigInt(Math.max(0, Math.trunc(ms))) * 10n ** BigInt(nanoPlaces), unitMs * 10n ** BigInt(places), rounded);
  return { currency: rate.currency, amount: formatDecimal({ digits: nanos, places: nanoPlaces }) };
}

/** The difference of two totals. However a run is cut into spans, theirs add up to its total; a span that ends before it begins takes back what was asked too much. */
export function amountOver<C extends string>(rate: Rate<C>, { fromMs, toMs }: Span, rounded: 'down' | 'up' = 'down'): Money<C> {
  const before = totalAfter(rate, fromMs, rounded);
  return sumOf(totalAfter(rate, toMs, rounded), { ...before, amount: negated(before.amount) });
}

/** What so many units cost, exactly: nothing is rounded, so neither order nor grouping matters. */
export function amountOf<C extends string>({ currency, price }: Rate<C>, quantity: string): Money<C> {
  return { currency, amount: formatDecimal(times(decimal(price), decimal(quantity))) };
}

function negated(amount: string): string {
  const { digits, places } = decimal(amount);
  return formatDecimal({ digits: -digits, places });
}

function quotient(dividend: bigint, divisor: bigint, rounded: 'down' | 'up'): bigint {
  const down = dividend / divisor - (dividend < 0n && dividend % divisor !== 0n ? 1n : 0n);
  return rounded === 'up' && dividend % divisor !== 0n ? down + 1n : down;
}
