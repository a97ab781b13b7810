import { type Meter, platformCurrency } from '@neb/core-types';
import { decimal, formatDecimal, plus, times } from '../money/decimal.ts';
import { millisecondsIn } from './units.ts';

/** What one unit costs. */
export interface Rate<C extends string = string> {
  readonly currency: C;
  /** A decimal string of any length: a percentage on a price has more places than either. */
  readonly price: string;
  readonly unit: string;
}

/** A rate, or in a sentence for the meter's author why there is none. */
export type Rated = { readonly rate: Rate } | { readonly problem: string };

/**
 * What a meter asks. `costp` is percent on top of what the platform asks an hour, and wins over `cost` as it did in the
 * original. A meter with neither counts and costs nothing.
 */
export function rateOf(meter: Pick<Meter, 'cost' | 'costp' | 'currency' | 'unit'>, platformPricePerHour?: string): Rated {
  const { cost = '0', costp, currency, unit } = meter;
  if (costp === undefined) return { rate: { currency, price: formatDecimal(decimal(cost)), unit } };
  if (currency !== platformCurrency) return { problem: `costp is of a price in ${platformCurrency}, and the meter is in ${currency}: name a cost` };
  if (millisecondsIn(unit) === undefined) return { problem: `costp is of a price an hour, and ${unit} is no unit of time: name a cost` };
  if (platformPricePerHour === undefined) return { problem: 'costp is of a platform\'s price, and what is counted here has none: name a cost' };
  const share = plus(decimal('1'), times(decimal(String(costp)), decimal('0.01')));
  return { rate: { currency, price: formatDecimal(times(decimal(platformPricePerHour), share)), unit: 'hour' } };
}
