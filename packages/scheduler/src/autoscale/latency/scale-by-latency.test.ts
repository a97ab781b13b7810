import type { RouteGauge } from '@neb/core-types';
import { describe, expect, test } from 'vitest';
import { type LatencyPolicy, latencyPolicy } from './latency-policy.ts';
import { type LatencyScaling, scaleByLatency } from './scale-by-latency.ts';

const [s, m] = [1_000, 60_000];
const t0 = 1_750_000_000_000;

/** What is seen at a moment, in milliseconds after the start; what is left out is as at the moment before. */
interface Look {
  readonly at: number;
  /** Requests a second that are answered, each of which takes so long. */
  readonly rate?: number;
  readonly takesMs?: number;
  readonly inFlight?: number;
  readonly waiting?: number;
  readonly failing?: boolean;
  readonly ready?: number;
  readonly draining?: number;
  /** When those that start were asked for. */
  readonly starting?: readonly number[];
  readonly policy?: LatencyPolicy;
  readonly pinned?: number | undefined;
  /** No gateway tells. */
  readonly silent?: boolean;
}

const readme = latencyPolicy({ min_replicas: 1, max_replicas: 20, max_in_flight: 4 });
const toZero = { ...readme, min: 0 };
const { maxInFlight: _, ...untold } = readme;

/** What was decided at each look; the state goes through JSON in between. */
function decisions(policy: LatencyPolicy, looks: readonly Look[], startMs = 30 * s): LatencyScaling[] {
  const made: LatencyScaling[] = [];
  let [seen, then]: [Look, number] = [{ at: 0, rate: 0, takesMs: 200, waiting: 0, ready: 1, draining: 0, starting: [], policy, failing: false, silent: false }, 0];
  for (const look of looks) {
    seen = { ...seen, ...look };
    const { rate = 0, takesMs = 0, waiting = 0, ready = 0, draining = 0, starting = [], failing, silent, pinned } = seen;
    const answered = Math.round(rate * (look.at - then) / 1_000);
    const gauge: RouteGauge = { id: 's', inFlight: seen.inFlight ?? rate * takesMs / 1_000, waiting, answered, failed: failing ? answered : 0, latenciesMs: Array<number>(answered).fill(takesMs) };
    made.push(scaleByLatency({
      policy: seen.policy ?? policy, gauge: silent ? undefined : gauge, now: t0 + look.at, startMs, pinned,
      replicas: { ready, draining, starting: starting.map((since) => ({ since: t0 + since })) },
      state: made.length === 0 ? undefined : JSON.parse(JSON.stringify(made.at(-1)!.state)) as LatencyScaling['state'],
    }));
    then = look.at;
  }
  return made;
}

/** Looks every so often, up to a moment. */
function every(ms: number, { from, to }: { readonly from: number; readonly to: number }, look: (at: number) => Omit<Look, 'at'>): Look[] {
  return Array.from({ length: Math.floor((to - from) / ms) + 1 }, (_, nth) => ({ at: from + nth * ms, ...look(from + nth * ms) }));
}

const counts = (made: readonly LatencyScaling[]): number[] => made.map(({ desired }) => desired);
const last = (made: readonly LatencyScaling[]): LatencyScaling => made.at(-1)!;
const reasons = (made: readonly LatencyScaling[]): string => made.map(({ reason }) => reason).join('\n');

describe('from zero', () => {
  const asleep = { at: 0, ready: 0 };

  test('one request that waits brings a replica at once', () => {
    const made = decisions(toZero, [asleep, { at: m, waiting: 1 }]);
    expect(counts(made)).toEqual([0, 1]);
    expect(made.map(({ reason }) => reason)).toEqual(['no request: none of at most 20', 'a request waits: 1 of at most 20']);
  });

  test('many bring as many as work them off', () => {
    const [few, many] = [4, 400].map((waiting) => last(decisions(toZero, [asleep, { at: m, waiting }])).desired);
    expect(few).toBeLessThanOrEqual(3);
    expect(many).toBeGreaterThan(10);
  });

  test('the next look is far off: the gateway wakes it', () => {
    expect(last(decisions(toZero, [asleep, { at: s }])).lookAgainMs).toBe(5 * m);
  });
});

describe('on the way up', () => {
  test('the latency must be above its limit for the whole time', () => {
    const made = decisions(untold, [{ at: 0, ready: 2 }, ...every(s, { from: s, to: 13 * s }, () => ({ rate: 20, takesMs: 2_000 }))]);
    expect(new Set(counts(made.slice(0, 11)))).toEqual(new Set([2]));
    expect(last(made).desired).toBeGreaterThan(2);
    expect(made[5]!.reason).toMatch(/^p95 2s above 1s for 4s of 10s: 2 of at most 20$/);
  });

  test('more than replicas bear for the whole time brings as many as bear it, before the latency is above its limit', () => {
    const made = decisions(readme, every(s, { from: 0, to: 60 * s }, () => ({ rate: 25, ready: 1, inFlight: 5 })));
    const grown = made.findIndex(({ desired }) => desired > 1);
    expect(grown).toBeGreaterThanOrEqual(10);
    // 5 at once and room for chance, four each.
    expect(made[grown]!.desired).toBe(2);
    expect(made[grown]!.reason).toMatch(/^25\.\d a second expected, where 1 bear \d+\.\d a second, for 10s: 2 of at most 20$/);
  });

  test('a burst is not asked how long', () => {
    const calm = every(2 * s, { from: 0, to: 60 * s }, () => ({ rate: 10 }));
    const made = decisions(readme, [...calm, { at: 62 * s, inFlight: 4, waiting: 150, rate: 20 }]);
    expect(counts(made.slice(0, -1)).every((count) => count === 1)).toBe(true);
    expect(last(made).desired).toBeGreaterThan(4);
    expect(last(made).reason).toMatch(/^a burst: \d+\.\d a second and 150 waiting, where 1 bear 20\.\d a second/);
  });

  test('those that start count with what they will have done, so nothing is bought twice', () => {
    const calm = every(2 * s, { from: 0, to: 60 * s }, () => ({ rate: 20 }));
    const grown = decisions(readme, [...calm, ...every(s, { from: 61 * s, to: 65 * s }, (at) => ({ inFlight: 4, waiting: 80 * (at / s - 60), rate: 20 }))], 180 * s);
    const asked = last(grown).desired;
    const starting = Array.from({ length: asked - 1 }, () => 62 * s);
    const then = decisions(readme, [...calm, ...every(s, { from: 61 * s, to: 65 * s }, (at) => ({ inFlight: 4, waiting: 80 * (at / s - 60), rate: 20 })), ...every(2 * s, { from: 66 * s, to: 200 * s }, () => ({ waiting: 400, rate: 20, starting }))], 180 * s);
    expect(last(then).desired).toBeLessThanOrEqual(asked + 2);
  });
});

describe('where more replicas do not help', () => {
  const slow = (to: number): LatencyScaling[] => {
    const made = decisions(untold, [{ at: 0, ready: 4 }, ...every(2 * s, { from: s, to: 60 * s }, () => ({ rate: 20 }))]);
    let state = last(made).state;
    let ready = 4;
    return every(2 * s, { from: 62 * s, to }, () => ({})).map(({ at }) => {
      const gauge = { id: 's', inFlight: 60, waiting: 0, answered: 40, failed: 0, latenciesMs: Array<number>(40).fill(3_000) };
      const decided = scaleByLatency({ policy: untold, gauge, now: t0 + at, startMs: 5 * s, state, replicas: { ready, draining: 0, starting: [] } });
      ({ state, desired: ready } = decided);
      return decided;
    });
  };

  test('what was added goes again, and it is left at that for a while', () => {
    const made = slow(4 * m);
    const most = Math.max(...counts(made));
    expect(most).toBeGreaterThan(4);
    expect(counts(made).indexOf(4, counts(made).indexOf(most))).toBeGreaterThan(0);
    expect(reasons(made)).toMatch(new RegExp(`p95 \\d+s above 1s for \\S+, and ${most - 4} more did not help: it is not the replicas that are slow: 4 of at most 20`));
  });

  test('it tries again less and less often', () => {
    const made = counts(slow(2 * 60 * m));
    const tries = made.filter((count, nth) => nth > 0 && count > made[nth - 1]!).length;
    expect(tries).toBeGreaterThan(2);
    expect(tries).toBeLessThan(9);
  });
});

describe('on the way down', () => {
  const calm = (to: number, but: (at: number) => Omit<Look, 'at'> = () => ({})): Look[] => every(2 * s, { from: 0, to }, (at) => ({ rate: 20, ready: 8, ...but(at) }));

  test('the latency must be below its limit for the whole time, and at most half go at a time', () => {
    const made = decisions(readme, calm(5 * m));
    expect(counts(made.slice(0, -1)).every((count) => count === 8)).toBe(true);
    expect(last(made).desired).toBe(4);
    expect(last(made).reason).toMatch(/^p95 \d+ms below 500ms for 5m: 4 of at most 20$/);
  });

  test('as many stay as the highest load of the time needed', () => {
    const made = decisions(readme, calm(10 * m, (at) => ({ rate: at > 2 * m && at < 3 * m ? 100 : 20, ready: 8 })));
    const ending = made.find(({ desired }) => desired < 8)!;
    // 20 at once.
    expect(ending.desired).toBeGreaterThanOrEqual(6);
  });

  test.each<[string, Omit<Look, 'at'>, RegExp]>([
    ['is above', { takesMs: 700 }, /^p95 \d+ms, 14 requests at once/],
    ['is that of failures', { failing: true }, /but 100 % of the answers are failures/],
  ])('nobody goes while the latency %s', (_, but, reason) => {
    const made = decisions(readme, calm(11 * m, () => but));
    expect(new Set(counts(made))).toEqual(new Set([8]));
    expect(last(made).reason).toMatch(reason);
  });
});

describe('to zero', () => {
  const idle = (to: number, but: (at: number) => Omit<Look, 'at'> = () => ({})): Look[] => every(10 * s, { from: 0, to }, (at) => ({ rate: 0, ...but(at) }));

  test('it goes when no request came for the time of `zero`', () => {
    const made = decisions(toZero, idle(10 * m));
    expect(counts(made).slice(-2)).toEqual([1, 0]);
    expect(last(made).reason).toBe('no request for 10m: none of at most 20');
  });

  test.each<[string, (at: number) => Omit<Look, 'at'>]>([
    ['one waited', (at) => ({ waiting: at === 9 * m ? 1 : 0 })],
    ['one was in flight', (at) => ({ inFlight: at === 9 * m ? 1 : 0 })],
    ['one came and was answered between two looks', (at) => ({ rate: at === 9 * m ? 0.1 : 0, inFlight: 0 })],
    ['no gateway told', (at) => ({ silent: at === 9 * m })],
  ])('not if %s', (_, but) => {
    expect(new Set(counts(decisions(toZero, idle(18 * m, but))))).toEqual(new Set([1]));
  });

  test('never where a fewest is set', () => {
    expect(last(decisions(readme, idle(60 * m))).desired).toBe(1);
  });
});

describe('bounds', () => {
  test('a fewest that is raised and a most that is lowered are obeyed at once', () => {
    expect(counts(decisions(readme, [{ at: 0, ready: 2 }, { at: s, policy: { ...readme, min: 5 } }]))).toEqual([2, 5]);
    expect(counts(decisions(readme, [{ at: 0, ready: 8, rate: 100 }, { at: s, policy: { ...readme, max: 3 } }, { at: 2 * s, policy: { ...readme, min: 0, max: 0 } }]))).toEqual([8, 3, 0]);
  });

  test('with those that still finish it grows to no more than the most and `surge`', () => {
    const made = decisions({ ...readme, max: 10, surge: 2 }, [{ at: 0, ready: 4, draining: 5 }, { at: s, rate: 50, waiting: 500, inFlight: 16 }]);
    expect(counts(made)).toEqual([4, 7]);
    expect(last(made).reason).toMatch(/would do more, as 5 still finish: 7 of at most 10$/);
  });

  test('a number set by hand is kept, within them', () => {
    const made = decisions(readme, [{ at: 0, waiting: 500 }, { at: s, pinned: 3 }, { at: 2 * s, pinned: 0 }, { at: 3 * s, pinned: 40 }]);
    expect(counts(made).slice(1)).toEqual([3, 1, 20]);
    expect(made[1]!.reason).toBe('set by hand: 3 of at most 20');
  });

  test('without a state it begins with what is there', () => {
    expect(counts(decisions(readme, [{ at: 0, ready: 2, starting: [0, 0] }]))).toEqual([4]);
  });
});

describe('what goes wrong outside', () => {
  test('while no gateway tells it stays as it is', () => {
    const made = decisions(readme, [{ at: 0, ready: 6, rate: 1 }, ...every(10 * s, { from: s, to: 20 * m }, () => ({ silent: true }))]);
    expect(new Set(counts(made))).toEqual(new Set([6]));
    expect(last(made).reason).toBe('no gateway tells of it: 6 of at most 20');
  });

  test('a server that was away does not take what it sees twice for what lasted', () => {
    expect(counts(decisions(readme, [{ at: 0, ready: 6, rate: 0 }, { at: 60 * m }]))).toEqual([6, 6]);
    expect(counts(decisions(toZero, [{ at: 0, rate: 0 }, { at: 60 * m }]))).toEqual([1, 1]);
  });

  test('a clock that is set back makes it wait at most once more', () => {
    const made = decisions(readme, [{ at: 60 * m, ready: 6, rate: 0 }, ...every(10 * s, { from: 0, to: 6 * m }, () => ({}))]);
    expect(last(made).desired).toBeLessThan(6);
  });
});
