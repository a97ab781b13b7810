import { addMoney, compareMoney, costOf } from '../../money.ts';
import type { Offer } from '../../offer.ts';

/** For how long something is paid, and with how much. */
export interface Budget {
  readonly maxUsd: string;
  /** What is paid an hour beside the offer's price. */
  readonly extrasPerHour: string;
  /** The longest that it can last. */
  readonly ms: number;
}

/** What so long of an hourly price costs together with the extras, in US dollars as a decimal string, rounded up. */
export function costAtMost(pricePerHour: string, { extrasPerHour, ms }: Omit<Budget, 'maxUsd'>): string {
  return costOf(addMoney(pricePerHour, extrasPerHour), ms);
}

/** The offers that stay within the budget however badly it goes, cheapest first: on demand, not known to be gone, and priced. Throws where there are none. */
export function affordable(offers: readonly Offer[], budget: Budget): readonly Offer[] {
  const sold = offers.filter(({ spot, available, pricePerHour }) => !spot && available !== 'no' && compareMoney(pricePerHour, '0') > 0).sort((a, b) => compareMoney(a.pricePerHour, b.pricePerHour));
  const [cheapest] = sold;
  if (!cheapest) throw new Error('nothing is on offer that is on demand, has a price and is in stock');
  const within = sold.filter(({ pricePerHour }) => compareMoney(costAtMost(pricePerHour, budget), budget.maxUsd) <= 0);
  if (within.length > 0) return within;
  throw new Error(`the cheapest offer, ${cheapest.id}, costs $${cheapest.pricePerHour} an hour, and ${Math.ceil(budget.ms / 60_000)} minutes of it up to $${costAtMost(cheapest.pricePerHour, budget)}: more than the $${budget.maxUsd} of NEB_LIVE_MAX_USD`);
}
