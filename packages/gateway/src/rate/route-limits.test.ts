import { fakeClock } from '@neb/core-types/testing';
import type { RequestRate } from '@neb/core-types';
import { describe, expect, test } from 'vitest';
import { rateFields } from './rate-fields.ts';
import { routeLimits } from './route-limits.ts';

const rate: RequestRate = { perSecond: 2, burst: 4, per: 'caller' };
const route = (id: string, more: Partial<RequestRate> = {}) => ({ id, rate: { ...rate, ...more } });

describe('a rate of a route', () => {
  test('lets so many come at once, and then so many a second', () => {
    const clock = fakeClock();
    const limits = routeLimits(clock);
    const within = () => limits.take(route('a'), 'ann')!.isWithin;
    expect([1, 2, 3, 4, 5].map(within)).toEqual([true, true, true, true, false]);
    clock.advance(1_000);
    expect([1, 2, 3].map(within)).toEqual([true, true, false]);
  });

  test('is counted for each caller, or for all together', () => {
    const limits = routeLimits(fakeClock());
    for (let at = 0; at < 4; at++) limits.take(route('a'), 'ann');
    expect(limits.take(route('a'), 'ann')!.isWithin).toBe(false);
    expect(limits.take(route('a'), 'bob')!.isWithin).toBe(true);
    expect(limits.take(route('b'), 'ann')!.isWithin).toBe(true);
    for (let at = 0; at < 4; at++) limits.take(route('c', { per: 'route' }), `caller ${at}`);
    expect(limits.take(route('c', { per: 'route' }), 'bob')!.isWithin).toBe(false);
  });

  test('begins anew only where it changes', () => {
    const limits = routeLimits(fakeClock());
    for (let at = 0; at < 4; at++) limits.take(route('a'), 'ann');
    expect(limits.take(route('a'), 'ann')!.isWithin).toBe(false);
    expect(limits.take(route('a', { burst: 5 }), 'ann')!.isWithin).toBe(true);
    expect(limits.take({ id: 'a' }, 'ann')).toBeUndefined();
  });

  test('remembers a bounded number of callers, and nothing of what is gone', () => {
    const limits = routeLimits(fakeClock());
    for (let at = 0; at < 12_000; at++) limits.take(route('a'), `caller ${at}`);
    expect(limits.size).toBe(10_000);
    limits.forget('a');
    expect(limits.size).toBe(0);
  });
});

describe('the fields of an answer', () => {
  const clock = fakeClock();
  const limits = routeLimits(clock);
  const fields = () => rateFields(limits.take(route('a', { perSecond: 0.5 }), 'ann')!);

  test('say what is left, and when to come again', () => {
    expect(fields()).toEqual({ 'ratelimit-policy': '"caller";q=4;w=8', ratelimit: '"caller";r=3;t=2' });
    for (let at = 0; at < 3; at++) fields();
    expect(fields()).toEqual({ 'ratelimit-policy': '"caller";q=4;w=8', ratelimit: '"caller";r=0;t=8', 'retry-after': '2' });
    clock.advance(1_500);
    expect(fields()).toMatchObject({ ratelimit: '"caller";r=0;t=7', 'retry-after': '1' });
    clock.advance(500);
    expect(fields()).not.toHaveProperty('retry-after');
  });
});
