import { addMoney, compareMoney, costOf } from '../money.ts';
import type { ContainerSpec } from './container.ts';
import type { ContainerStatus } from './container-status.ts';

/** What tries of a container that came to nothing cost together, and the most that they may; US dollars as decimal strings. */
export interface RetryBudget {
  readonly used: string;
  readonly limit: string;
  readonly isSpent: boolean;
}

/** How much of its price a container may waste that does not say. */
const usualMs = 10 * 3_600_000;

/** What of its money a container has used up. One that names no `retry.max_cost` is not charged for longer runs: they may have done their work. Pure. */
export function retryBudget({ retry }: Pick<ContainerSpec, 'retry'>, { wasted, cost_per_hr: price = '0' }: Pick<ContainerStatus, 'wasted' | 'cost_per_hr'>): RetryBudget {
  const { launches, runs, price_per_hour: dearest } = wasted ?? { launches: '0', runs: '0', price_per_hour: '0' };
  const used = retry?.max_cost === undefined ? launches : addMoney(launches, runs);
  const limit = retry?.max_cost ?? costOf(compareMoney(price, dearest) > 0 ? price : dearest, usualMs);
  return { used, limit, isSpent: compareMoney(used, '0') > 0 && compareMoney(used, limit) >= 0 };
}
