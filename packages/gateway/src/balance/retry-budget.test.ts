import { expect, test } from 'vitest';
import { perSecond, retryBudget } from './retry-budget.ts';

test('as many are sent again as are a fifth of what came, or of what is under way', () => {
  const budget = retryBudget(() => 0);
  const spent = (underWay: number): number => {
    let count = 0;
    while (budget.spend(underWay)) count += 1;
    return count;
  };
  expect(spent(0)).toBe(perSecond);
  for (let n = 0; n < 52; n += 1) budget.earn();
  expect(spent(0)).toBe(10);
  // Those that were sent again and are not over count.
  expect(spent(100)).toBe(20 - perSecond - 10);
  expect(spent(100)).toBe(0);
  budget.over(20);
  expect(spent(100)).toBe(20);
});
