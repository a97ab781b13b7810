import type { RouteGauge } from '@neb/core-types';
import { describe, expect, test } from 'vitest';
import { mergeGauges } from './merge-gauges.ts';

const gauge = (but: Partial<RouteGauge>): RouteGauge => ({ id: 's', inFlight: 0, waiting: 0, answered: 0, failed: 0, latenciesMs: [], ...but });
const times = (count: number, ms: number): number[] => Array<number>(count).fill(ms);

describe('the gauges of several gateways', () => {
  test('add up', () => {
    expect(mergeGauges([
      gauge({ inFlight: 3, waiting: 1, answered: 2, failed: 1, latenciesMs: [10, 20] }),
      gauge({ inFlight: 4, waiting: 0, answered: 1, failed: 0, latenciesMs: [30] }),
      gauge({ inFlight: 1 }),
    ])).toEqual({ id: 's', inFlight: 8, waiting: 1, answered: 3, failed: 1, latenciesMs: [10, 20, 30] });
  });

  test('are none of none, and of one the same', () => {
    const one = gauge({ inFlight: 3, latenciesMs: [1] });
    expect(mergeGauges([])).toBeUndefined();
    expect(mergeGauges([one])).toBe(one);
  });

  test('weigh by answers, not by how many times each told', () => {
    const { latenciesMs } = mergeGauges([gauge({ answered: 9_000, latenciesMs: times(1_000, 10) }), gauge({ answered: 1_000, latenciesMs: times(1_000, 500) })])!;
    expect(latenciesMs.length).toBeLessThanOrEqual(1_000);
    expect(latenciesMs.filter((ms) => ms === 500).length / latenciesMs.length).toBeCloseTo(0.1, 2);
  });

  test('tell no more than 1,000 times, and whatever the order the same ones', () => {
    const three = [gauge({ answered: 600, latenciesMs: times(600, 1) }), gauge({ answered: 700, latenciesMs: times(700, 2) }), gauge({ answered: 50, latenciesMs: times(50, 3) })];
    const [one, other] = [mergeGauges(three)!, mergeGauges(three.toReversed())!];
    expect(one.latenciesMs.length).toBeGreaterThan(990);
    expect(one.latenciesMs.length).toBeLessThanOrEqual(1_000);
    expect(one.latenciesMs.toSorted()).toEqual(other.latenciesMs.toSorted());
    expect(one.latenciesMs).toContain(3);
  });
});
