import { describe, expect, test } from 'vitest';
import { latencyPolicy } from './latency-policy.ts';

describe('the policy of a manifest', () => {
  test('that says all is what it says', () => {
    const scale = { up: { above_latency: '100ms', duration: '10s' }, down: { below_latency: '10ms', duration: '5m' }, zero: { below_latency: '10ms', duration: '10m' } };
    const policy = { min: 0, max: 5, surge: 2, up: { aboveMs: 100, holdMs: 10_000 }, down: { belowMs: 10, holdMs: 300_000 }, zero: { holdMs: 600_000 }, maxInFlight: 8 };
    expect(latencyPolicy({ min_replicas: 0, max_replicas: 5, scale, max_in_flight: 8, update: { max_surge: 2 } })).toEqual(policy);
    expect(latencyPolicy({ min_replicas: 1, max_replicas: 5, scale })).not.toHaveProperty('zero');
  });

  test('that says nothing is the one of the docs', () => {
    expect(latencyPolicy({})).toEqual({ min: 1, max: 10, surge: 1, up: { aboveMs: 1_000, holdMs: 10_000 }, down: { belowMs: 500, holdMs: 300_000 } });
    expect(latencyPolicy({ min_replicas: 0 }).zero).toEqual({ holdMs: 600_000 });
  });

  test.each([
    [{ up: { above_latency: '5s', duration: '1s' } }, 5_000, 500],
    [{ up: { above_latency: '100ms', duration: '1s' } }, 100, 50],
    [{ down: { below_latency: '10ms', duration: '1s' } }, 1_000, 10],
    [{ down: { below_latency: '4s', duration: '1s' } }, 8_000, 4_000],
  ])('keeps the threshold that is silent away from the other: %j', (scale, aboveMs, belowMs) => {
    expect(latencyPolicy({ scale })).toMatchObject({ up: { aboveMs }, down: { belowMs } });
  });
});
