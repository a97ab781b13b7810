import { fraction } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { expect, test } from 'vitest';
import { scaleByPressure, type ScalingInput, type ScalingState } from '../../src/index.ts';

/** Lives of processors in which nothing need make sense: clocks that jump, counters that fall, numbers that are none. */
function lives(seed: number, looks: number): ScalingInput[] {
  const random = seededRandom(seed);
  const one = <T>(...of: readonly T[]): T => of[Math.floor(fraction(random) * of.length)]!;
  const usual = (most: number): number => Math.floor(fraction(random) * most);
  const number = (most: number): number => (fraction(random) < 0.03 ? one(Number.NaN, Infinity, -Infinity, -5, 0.5, 1e300) : usual(most));
  let [now, acknowledged] = [1_750_000_000_000, 0];
  const policy = { min: number(3), max: number(12), up: { abovePressure: number(200), holdMs: number(20_000) }, down: { belowPressure: number(50), holdMs: number(60_000) }, ...(fraction(random) < 0.5 ? { zero: { holdMs: number(120_000) } } : {}) };
  return Array.from({ length: looks }, () => {
    now = fraction(random) < 0.02 ? number(2e12) : now + one(0, 1_000, 2_000, 5_000, 60_000, 3_600_000, -7_000);
    acknowledged = fraction(random) < 0.02 ? number(100) : acknowledged + usual(30);
    const ready = number(12);
    return {
      policy: fraction(random) < 0.02 ? { ...policy, min: number(5), max: number(12) } : policy,
      sample: { at: fraction(random) < 0.02 ? number(2e12) : now - usual(100), backlog: one(0, number(5), number(3_000)), pending: one(0, number(20)), acknowledged },
      replicas: { ready, starting: Array.from({ length: usual(4) }, () => ({ since: now - number(400_000) })), busy: one(0, ready, number(14)), draining: number(3) },
      now, startMs: number(300_000), state: undefined,
      ...(fraction(random) < 0.02 ? { pinned: number(15) } : {}),
    };
  });
}

const whole = (value: number): number => (value > 0 ? Math.floor(Math.min(value, Number.MAX_SAFE_INTEGER)) : 0);

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

test('whatever is seen, the number is within its bounds and not below the busy, the answer is the same each time, and the state stays small', () => {
  for (let seed = 1; seed <= 150; seed++) {
    let state: ScalingState | undefined;
    for (const [nth, look] of lives(seed, 60).entries()) {
      const input = frozen({ ...look, state });
      const made = scaleByPressure(input);
      const where = `seed ${seed}, look ${nth}: ${made.reason}`;
      const [min, max] = [Math.min(whole(look.policy.min), whole(look.policy.max)), whole(look.policy.max)];
      const busy = Math.min(whole(look.replicas.busy), whole(look.replicas.ready), max);
      expect(Number.isInteger(made.desired), where).toBe(true);
      expect(made.desired, where).toBeGreaterThanOrEqual(look.pinned === undefined ? Math.max(min, busy) : min);
      expect(made.desired, where).toBeLessThanOrEqual(max);
      if (whole(look.sample.backlog) > 0 && max > 0 && look.pinned === undefined) expect(made.desired, where).toBeGreaterThanOrEqual(1);
      expect(made.lookAgainMs > 0 && made.lookAgainMs <= 300_000, where).toBe(true);
      expect(made.reason, where).not.toMatch(/NaN|undefined|Infinity/);
      expect(scaleByPressure(input), where).toEqual(made);
      const json = JSON.stringify(made.state);
      expect(JSON.parse(json), where).toEqual(made.state);
      expect(json.length, where).toBeLessThan(1_200);
      state = JSON.parse(json) as ScalingState;
    }
  }
});
