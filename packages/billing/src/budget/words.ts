import { type BudgetLimitStatus, type BudgetPeriod, type BudgetSpec, inDollars } from '@neb/core-types';

const during: Readonly<Record<BudgetPeriod, string>> = { hour: ' this hour', day: ' today', month: ' this month', total: ' in all' };

/** An amount as people read it. */
export function inMoney(amount: string, { currency = 'USD' }: Pick<BudgetSpec, 'currency'>): string {
  return currency === 'USD' ? inDollars(amount) : `${Number(amount).toFixed(2)} ${currency}`;
}

/** `$0.97 of $1 is spent this hour, at $3/h`. */
export function spentSentence(spec: Pick<BudgetSpec, 'currency'>, { per, limit, spent }: BudgetLimitStatus, rate: string): string {
  return `${inMoney(spent, spec)} of ${inMoney(limit, spec)} is spent${during[per]}${rate === '0' ? '' : `, at ${inMoney(rate, spec)}/h`}`;
}
