import { hourlyPrice, rateOf } from '@neb/billing';
import { affordable, countedBy, judgeBudget, nanosOf, windowsOf } from '@neb/billing/budget';
import { type BudgetStatus, budgetReached, formatMoney, NebError } from '@neb/core-types';
import { type Change, demandOf, type Reservation, type Resource } from '@neb/scheduler';
import { metersOf } from '../billing/run-feed.ts';
import { measure, type Measuring } from './measure.ts';
import { titleOfBudget } from './scope.ts';

export interface Asking {
  readonly container: Resource<'Container'>;
  readonly pricePerHour: string;
  /** It runs already: what asks for no more than it has is in nobody's way. */
  readonly goesOn?: boolean | undefined;
  readonly budgets: readonly Resource<'Budget'>[];
}

/**
 * What has to hold when a container is written that may start at this price, under these budgets, and what is set aside for
 * it. What it had set aside already is not asked for again. Throws `quota` where one of them lets nothing start that costs.
 */
export async function reserve(measuring: Measuring, { container, pricePerHour, goesOn = false, budgets }: Asking): Promise<Reservation> {
  const nowMs = measuring.clock.now();
  const before = demandOf(container)?.spend ?? {};
  const reserved: Record<string, string> = {};
  const changes: Change[] = [];
  for (const budget of budgets) {
    const { counts, currency } = countedBy(budget.spec);
    const asks = counts === 'cost' ? nanosOf(pricePerHour) : await priceOf(currency);
    if (asks === 0n) continue;
    const key = `${counts}/${currency}`;
    reserved[key] = formatMoney(asks);
    const isMore = Number(asks) > (before[key] ?? 0);
    if (budget.spec.soft || (goesOn && !isMore)) continue;
    const status = await statusOf(budget);
    const most = affordable(budget.spec, status, { windows: windowsOf(budget.spec, { madeMs: Date.parse(budget.createdAt), nowMs }), nowMs });
    if (most === 0) throw spentUp(budget, status);
    if (isMore) changes.push({ do: 'afford', scope: budget.spec.scope === 'owner' ? { of: 'owner', name: budget.owner } : { of: 'namespace', name: budget.namespace }, key, most, budget: titleOfBudget(budget) });
  }
  return { changes, reserved: budgets.length === 0 ? undefined : reserved };

  async function priceOf(currency: string): Promise<bigint> {
    const rates = (await metersOf(measuring.store, container)).filter((meter) => meter.metric === 'runtime' && meter.currency === currency).map((meter) => rateOf(meter, pricePerHour));
    return rates.reduce((sum, rated) => ('rate' in rated ? sum + nanosOf(hourlyPrice(rated.rate)) : sum), 0n);
  }

  /** One that was just made was not looked at yet. */
  async function statusOf(budget: Resource<'Budget'>): Promise<Pick<BudgetStatus, 'step' | 'rate' | 'as_of' | 'limits' | 'message'>> {
    if (budget.status.as_of !== undefined) return budget.status;
    return judgeBudget(budget.spec, (await measure(measuring, budget)).measured, {}).status;
  }
}

function spentUp(budget: Resource<'Budget'>, { message }: Pick<BudgetStatus, 'message'>): NebError {
  return new NebError('quota', `${titleOfBudget(budget)} lets nothing start that costs${message === undefined ? '' : `: ${message}`}`, {
    hint: 'Wait for the next period, or have the budget raised.', details: { budget: titleOfBudget(budget), reason: budgetReached },
  });
}
