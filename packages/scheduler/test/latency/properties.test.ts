import { fraction, type RouteGauge } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { type LatencyInput, type LatencyPolicy, latencyPolicy, scaleByLatency, type LatencyState } from '../../src/index.ts';
import { dice, poisson } from '../autoscale/traces.ts';
import { policyOf } from './against.ts';
import { ours } from './ours.ts';
import { simulate } from './simulator.ts';
import { draws, type Trace, traces } from './traces.ts';

/** Lives of services in which nothing need make sense: clocks that jump, gauges that say what cannot be, numbers that are none. */
function lives(seed: number, looks: number): LatencyInput[] {
  const random = seededRandom(seed);
  const chance = (share: number): boolean => fraction(random) < share;
  const one = <T>(...of: readonly T[]): T => of[Math.floor(fraction(random) * of.length)]!;
  const usual = (most: number): number => Math.floor(fraction(random) * most);
  const number = (most: number): number => (chance(0.03) ? one(Number.NaN, Infinity, -Infinity, -5, 0.5, 1e300) : usual(most));
  let now = 1_750_000_000_000;
  const policy: LatencyPolicy = {
    min: number(3), max: number(12), surge: number(3), up: { aboveMs: number(2_000), holdMs: number(20_000) }, down: { belowMs: number(1_500), holdMs: number(60_000) },
    ...(chance(0.5) ? { zero: { holdMs: number(120_000) } } : {}), ...(chance(0.5) ? { maxInFlight: number(8) } : {}),
  };
  return Array.from({ length: looks }, () => {
    now = chance(0.02) ? number(2e12) : now + one(0, 1_000, 2_000, 5_000, 60_000, 3_600_000, -7_000);
    const answered = one(0, number(5), number(300));
    const gauge: RouteGauge = { id: 's', inFlight: one(0, number(5), number(60)), waiting: one(0, 0, number(500)), answered, failed: number(answered + 1), latenciesMs: Array.from({ length: Math.min(50, usual(answered + 1) || 0) }, () => number(4_000)) };
    return {
      policy: chance(0.02) ? { ...policy, min: number(5), max: number(12) } : policy,
      gauge: chance(0.03) ? undefined : gauge,
      replicas: { ready: number(12), starting: Array.from({ length: usual(4) }, () => ({ since: now - number(400_000) })), draining: number(3) },
      now, startMs: number(300_000), state: undefined,
      ...(chance(0.02) ? { pinned: number(15) } : {}),
    };
  });
}

const whole = (value: number): number => (value > 0 ? Math.floor(Math.min(value, Number.MAX_SAFE_INTEGER)) : 0);

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

test('whatever is seen, the number is within its bounds, the answer is the same each time and after a restart, and the state stays small', () => {
  for (let seed = 1; seed <= 40; seed++) {
    let state: LatencyState | undefined;
    for (const [nth, look] of lives(seed, 60).entries()) {
      const input = frozen({ ...look, state });
      const made = scaleByLatency(input);
      const wrong: string[] = [];
      const claim = (holds: boolean, what: string): void => void (holds || wrong.push(what));
      const { policy, replicas, gauge, pinned } = look;
      const [min, max] = [Math.min(whole(policy.min), whole(policy.max)), whole(policy.max)];
      const there = whole(replicas.ready) + replicas.starting.length;
      claim(Number.isInteger(made.desired) && made.desired >= min && made.desired <= max, 'within min and max');
      claim(made.desired <= Math.max(min, there) || made.desired + whole(replicas.draining) <= max + whole(policy.surge), 'grows within surge');
      const isAllowed = max > 0 && whole(replicas.draining) < max + whole(policy.surge);
      if (gauge && whole(gauge.waiting) + whole(gauge.inFlight) > 0 && isAllowed && pinned === undefined) claim(made.desired >= 1, 'somebody for whom requests wait');
      claim(made.lookAgainMs > 0 && made.lookAgainMs <= 300_000, 'looks again');
      claim(!/NaN|undefined|Infinity/.test(made.reason), 'a reason in words');
      const json = JSON.stringify(made.state);
      claim(json.length < 3_000, `small: ${json.length}`);
      claim(isDeepStrictEqual(scaleByLatency(input), made), 'the same again');
      // What was stored and read again is the same, and so is what follows from it.
      state = JSON.parse(json) as LatencyState;
      claim(isDeepStrictEqual(state, made.state), 'survives JSON');
      if (wrong.length > 0) throw new Error(`seed ${seed}, look ${nth}: not ${wrong.join(', not ')}: ${made.reason}`);
    }
  }
}, 60_000);

test('of two loads at rest the higher one never has fewer replicas', () => {
  const policy = latencyPolicy({ max_replicas: 200, max_in_flight: 4, scale: { down: { below_latency: '500ms', duration: '1m' } } });
  const settled = (rate: number): number => {
    let [state, ready] = [undefined as LatencyState | undefined, 20];
    for (let now = 1_750_000_000_000, nth = 0; nth < 150; nth++, now += 2_000) {
      const gauge = { id: 's', inFlight: rate * 0.2, waiting: 0, answered: rate * 2, failed: 0, latenciesMs: Array<number>(Math.min(50, Math.ceil(rate * 2))).fill(200) };
      ({ state, desired: ready } = scaleByLatency({ policy, gauge, replicas: { ready, starting: [], draining: 0 }, now, startMs: 5_000, state }));
    }
    return ready;
  };
  const counts = Array.from({ length: 25 }, (_, nth) => settled(nth * 24 + 14));
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  // By Little's law 118 at once at the last, 590 a second.
  expect(counts.at(-1)).toBeGreaterThanOrEqual(30);
  expect(counts.at(-1)).toBeLessThanOrEqual(33);
});

test.each([
  { rate: 1, startSeconds: 5, capped: true },
  { rate: 12, startSeconds: 180, capped: true },
  { rate: 12, startSeconds: 30, capped: false },
])('at a load that stays as it is it comes to a number and keeps it: $rate a second, started in $startSeconds s, capped $capped', ({ rate, startSeconds, capped }) => {
  const seconds = 5_400;
  const chance = dice(draws(7));
  const arrivals = poisson(chance, { from: 0, until: seconds, most: rate }, () => rate).map((at) => ({ at, takes: chance.logNormal(0.5, 0.5), elsewhere: 0 }));
  const trace: Trace = { name: 'constant', seconds, arrivals, startSeconds, places: 4, capped, min: 1, max: 20, limitSeconds: 2.5 };
  const policy = policyOf(trace);
  const { course, misses } = simulate(trace, ours({ ...policy, down: { ...policy.down, holdMs: 300_000 } }), 1);
  const late = course.filter(({ at }) => at > 1_800).map(({ desired }) => desired);
  const changes = late.filter((count, nth) => nth > 0 && count !== late[nth - 1]).length;
  expect(changes).toBeLessThanOrEqual(4);
  expect(Math.max(...late) - Math.min(...late)).toBeLessThanOrEqual(1);
  expect(Math.max(...late)).toBeLessThanOrEqual(Math.ceil((rate * 0.5 + 2 * Math.sqrt(rate * 0.5)) / 4) + 1);
  expect(misses / arrivals.length).toBeLessThan(0.1);
});

test('a controller that lost its state in the middle comes back to about the same', () => {
  const trace = traces.find(({ name }) => name === 'diurnal')!.draw(5);
  const whole = simulate(trace, ours(policyOf(trace)), 1);
  let [controller, looks] = [ours(policyOf(trace)), 0];
  const broken = simulate(trace, { name: 'neb', wakes: true, look: (world) => ((controller = ++looks === 400 ? ours(policyOf(trace)) : controller).look(world)) }, 1);
  expect(broken.misses).toBeLessThanOrEqual(whole.misses * 1.5 + 50);
  expect(broken.replicaSeconds / whole.replicaSeconds).toBeLessThan(1.1);
});
