import { type Meter, platformCurrency } from '@neb/core-types';
import { type Money, sumsOf } from '../money/money.ts';
import { totalAfter } from './amount.ts';
import { type Rate, rateOf } from './rate.ts';
import { millisecondsIn } from './units.ts';

const hourMs = 3_600_000;

/** What an hour of it costs, as a decimal string, rounded up to a billionth; nothing where its unit is none of time. */
export function hourlyPrice(rate: Rate): string {
  return millisecondsIn(rate.unit) === undefined ? '0' : totalAfter(rate, hourMs, 'up').amount;
}

/**
 * What an hour of a run costs its owner, each currency by itself: what its meters ask, or what the platform asks where
 * none of them asks anything. What has no price an hour, such as requests, is not in it. Pure.
 */
export function perHour(meters: readonly Meter[], platformPricePerHour: string): readonly Money[] {
  const asking = meters.filter(({ cost, costp }) => cost !== undefined || costp !== undefined);
  if (asking.length === 0) return [{ currency: platformCurrency, amount: platformPricePerHour }];
  return sumsOf(asking.flatMap((meter) => {
    const rated = rateOf(meter, platformPricePerHour);
    return meter.metric === 'runtime' && 'rate' in rated && millisecondsIn(rated.rate.unit) !== undefined ? [totalAfter(rated.rate, hourMs)] : [];
  }));
}
