import { describe, expect, test } from 'vitest';
import { pressurePolicy } from './pressure-policy.ts';

describe('the policy of a manifest', () => {
  test('that says all is what it says', () => {
    const scale = { up: { above_pressure: 100, duration: '10s' }, down: { below_pressure: 10, duration: '5m' }, zero: { duration: '10m' } };
    expect(pressurePolicy({ min_replicas: 0, max_replicas: 10, scale })).toEqual({
      min: 0, max: 10, up: { abovePressure: 100, holdMs: 10_000 }, down: { belowPressure: 10, holdMs: 300_000 }, zero: { holdMs: 600_000 },
    });
    expect(pressurePolicy({ min_replicas: 1, max_replicas: 10, scale })).not.toHaveProperty('zero');
  });

  test('that says nothing is the one of the docs', () => {
    expect(pressurePolicy({})).toEqual({ min: 1, max: 10, up: { abovePressure: 100, holdMs: 10_000 }, down: { belowPressure: 10, holdMs: 300_000 } });
    expect(pressurePolicy({ min_replicas: 0 }).zero).toEqual({ holdMs: 600_000 });
  });

  test.each([
    [{ min_replicas: 25 }, { min: 25, max: 25 }],
    [{ max_replicas: 3 }, { min: 1, max: 3 }],
    [{ max_replicas: 0 }, { min: 0, max: 0 }],
    [{ min_replicas: 0, max_replicas: 2 }, { min: 0, max: 2 }],
  ])('has room for the bounds of %j', (spec, bounds) => {
    expect(pressurePolicy(spec)).toMatchObject(bounds);
  });

  test.each([
    [{ up: { above_pressure: 1_000, duration: '1s' } }, 1_000, 10],
    [{ up: { above_pressure: 5, duration: '1s' } }, 5, 2.5],
    [{ down: { below_pressure: 2, duration: '1s' } }, 100, 2],
    [{ down: { below_pressure: 400, duration: '1s' } }, 800, 400],
  ])('keeps the threshold that is silent away from the other: %j', (scale, above, below) => {
    expect(pressurePolicy({ scale })).toMatchObject({ up: { abovePressure: above }, down: { belowPressure: below } });
  });
});
