import { type Attempt, costOf, timestamp } from '@neb/core-types';
import { describe, expect, test } from 'vitest';
import { costOfTerms, repriced, runningPrice } from './terms.ts';

const at = (minutes: number): number => Date.UTC(2026, 10, 1, 8) + minutes * 60_000;
const attempt: Attempt = { number: 1, key: 'c1-1', platform: 'runpod', region: 'here', offer: 'l4', price_per_hour: '3', intended_at: timestamp(at(-1)), ref: 'p1', started_at: timestamp(at(0)) };

describe('what an attempt costs', () => {
  test('is kept for whoever reads it late', () => {
    const rests = repriced(attempt, { price: '0', paused: true, atMs: at(10) });
    const returns = repriced(rests, { price: '3', paused: true, atMs: at(40) });
    const runs = repriced(returns, { price: '3', atMs: at(41) });
    expect(runs).toMatchObject({ price_per_hour: '3', terms: [{ until: timestamp(at(10)), price_per_hour: '3' }, { until: timestamp(at(40)), price_per_hour: '0', paused: true }, { until: timestamp(at(41)), price_per_hour: '3', paused: true }] });
    expect(runs.paused).toBeUndefined();
    expect([attempt, rests, returns].map(runningPrice)).toEqual(['3', '3', '3']);
    expect(costOfTerms(runs, at(60))).toBe(costOf('3', 31 * 60_000));
    expect(costOfTerms(runs, at(5))).toBe(costOf('3', 6 * 60_000));
  });

  test('changes nothing where it is as it was, and is from the beginning what the first sight of it running says', () => {
    expect(repriced(attempt, { price: '3', atMs: at(10) })).toBe(attempt);
    const { started_at: _, ...unseen } = attempt;
    expect(repriced(unseen, { price: '2.5', atMs: at(10) })).toEqual({ ...unseen, price_per_hour: '2.5' });
  });

  test('goes forward whatever the clock does', () => {
    const [rests, runs] = [repriced(attempt, { price: '0', paused: true, atMs: at(10) }), { price: '3', atMs: at(-500) }];
    expect(repriced(rests, runs).terms?.map(({ until }) => until)).toEqual([timestamp(at(10)), timestamp(at(10))]);
  });

  test('is a bounded list, whose oldest are taken for the dearer one that asks nothing of its owner', () => {
    const often = Array.from({ length: 300 }).reduce<Attempt>((one, _, nth) => repriced(one, { price: nth % 2 ? '3' : '0', paused: nth % 2 === 0, atMs: at(nth + 1) }), attempt);
    expect(often.terms).toHaveLength(100);
    expect(often.terms![0]).toEqual({ until: timestamp(at(201)), price_per_hour: '3', paused: true });
    expect(often.terms!.at(-1)).toEqual({ until: timestamp(at(300)), price_per_hour: '0', paused: true });
  });
});
