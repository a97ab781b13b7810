import { expect, test } from 'vitest';
import { type Condition, withCondition } from './condition.ts';

const placed: Condition = { type: 'Placed', status: 'true', reason: 'Offer', message: 'on docker', generation: 1, since: 'monday' };
const ready: Condition = { type: 'Ready', status: 'false', reason: 'Starting', message: 'is starting', generation: 1, since: 'monday' };
const told = ({ since: _, ...condition }: Condition, change: Partial<Condition> = {}) => ({ ...condition, ...change });

test('a condition told again changes nothing at all', () => {
  const conditions = [placed, ready];
  expect(withCondition(conditions, told(ready), 'tuesday')).toBe(conditions);
});

test('a flip of the status starts a new time', () => {
  expect(withCondition([placed, ready], told(ready, { status: 'true' }), 'tuesday')).toEqual([placed, { ...ready, status: 'true', since: 'tuesday' }]);
});

test.each([{ message: 'still starting' }, { reason: 'Pulling' }, { generation: 2 }])('a change to %o keeps the time and the place', (change) => {
  expect(withCondition([ready, placed], told(ready, change), 'tuesday')).toEqual([{ ...ready, ...change }, placed]);
});

test('a new condition comes last', () => {
  expect(withCondition([placed], told(ready), 'tuesday')).toEqual([placed, { ...ready, since: 'tuesday' }]);
});
