import { expect, test } from 'vitest';
import { retryBudget } from './retry-budget.ts';

const wasted = { launches: '4', runs: '7', price_per_hour: '0.4' };

test.each([
  ['nothing was wasted', {}, {}, '0', '0', false],
  ['nothing was wasted, and nothing may be', { retry: { max_cost: '0' } }, {}, '0', '0', false],
  ['none is given: ten hours of its price, for launches alone', {}, { wasted, cost_per_hr: '2' }, '4', '20', false],
  ['none is given, and launches took ten hours', {}, { wasted, cost_per_hr: '0.4' }, '4', '4', true],
  ['none is given, and the next try is on a machine of one\'s own', {}, { wasted: { ...wasted, launches: '3' }, cost_per_hr: '0' }, '3', '4', false],
  ['one is given: longer runs count too', { retry: { max_cost: '11.5' } }, { wasted, cost_per_hr: '0.4' }, '11', '11.5', false],
  ['one is given and used up', { retry: { max_cost: '11' } }, { wasted }, '11', '11', true],
  ['only time is limited: as if none were given', { retry: { max_time: '1h' } }, { wasted, cost_per_hr: '2' }, '4', '20', false],
  ['it costs nothing here', {}, { wasted: { launches: '0', runs: '0', price_per_hour: '0' }, cost_per_hr: '0' }, '0', '0', false],
] as const)('the budget for tries where %s', (...[, spec, status, used, limit, isSpent]) => {
  expect(retryBudget(spec, status)).toEqual({ used, limit, isSpent });
});
