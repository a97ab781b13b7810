import { describe, expect, test } from 'vitest';
import { type PressurePolicy, pressurePolicy } from './pressure-policy.ts';
import { type Scaling, scaleByPressure } from './scale-by-pressure.ts';

const [s, m] = [1_000, 60_000];
const t0 = 1_750_000_000_000;

/** What is seen at a moment, in milliseconds after the start; what is left out is as at the moment before. */
interface Look {
  readonly at: number;
  readonly backlog?: number;
  readonly pending?: number;
  readonly acknowledged?: number;
  readonly ready?: number;
  readonly busy?: number;
  readonly draining?: number;
  /** When those that start were asked for. */
  readonly starting?: readonly number[];
  readonly policy?: PressurePolicy;
  readonly pinned?: number | undefined;
}

const readme = pressurePolicy({ min_replicas: 1, max_replicas: 10 });
const toZero = pressurePolicy({ min_replicas: 0, max_replicas: 10 });

/** What was decided at each look; the state goes through JSON in between. */
function decisions(policy: PressurePolicy, looks: readonly Look[], startMs = 5 * s): Scaling[] {
  const made: Scaling[] = [];
  let seen: Required<Omit<Look, 'at' | 'pinned'>> & { pinned?: number | undefined } = { backlog: 0, pending: 0, acknowledged: 0, ready: 0, busy: 0, draining: 0, starting: [], policy };
  for (const look of looks) {
    seen = { ...seen, ...look };
    const [now, last] = [t0 + look.at, made.at(-1)];
    made.push(scaleByPressure({
      policy: seen.policy,
      sample: { at: now, backlog: seen.backlog, pending: seen.pending, acknowledged: seen.acknowledged },
      replicas: { ready: seen.ready, busy: seen.busy, draining: seen.draining, starting: seen.starting.map((since) => ({ since: t0 + since })) },
      now, startMs, pinned: seen.pinned,
      state: last && JSON.parse(JSON.stringify(last.state)) as Scaling['state'],
    }));
  }
  return made;
}

/** Looks every so often, up to a moment, with counters that go on from the first. */
function every(ms: number, { from, to }: { readonly from: number; readonly to: number }, look: (at: number) => Omit<Look, 'at'>): Look[] {
  return Array.from({ length: Math.floor((to - from) / ms) + 1 }, (_, nth) => ({ at: from + nth * ms, ...look(from + nth * ms) }));
}

const counts = (made: readonly Scaling[]): number[] => made.map(({ desired }) => desired);
const last = (made: readonly Scaling[]): Scaling => made.at(-1)!;

describe('from zero', () => {
  test('the first message brings a worker at once', () => {
    const made = decisions(toZero, [{ at: 0 }, { at: m, backlog: 1 }]);
    expect(counts(made)).toEqual([0, 1]);
    expect(made.map(({ reason }) => reason)).toEqual(['nothing to do: none of at most 10', 'a message to do: 1 of at most 10']);
  });

  test('so does a message that a worker took and left', () => {
    expect(counts(decisions(toZero, [{ at: 0 }, { at: m, pending: 3 }]))).toEqual([0, 1]);
  });

  test('many messages bring one at once, and the others when they have waited for the time of `up`', () => {
    const made = decisions(toZero, [{ at: 0 }, { at: m, backlog: 640 }, { at: m + 5 * s, starting: [m] }, { at: m + 10 * s }]);
    expect(counts(made)).toEqual([0, 1, 1, 7]);
  });

  test('it is not looked at often, and when messages come it is', () => {
    const [asleep, awake] = decisions(toZero, [{ at: 0 }, { at: m, backlog: 1 }]);
    expect(asleep!.lookAgainMs).toBe(5 * m);
    expect(awake!.lookAgainMs).toBeLessThanOrEqual(1 * s);
  });
});

describe('on the way up', () => {
  test('the pressure must be above its threshold for the whole time', () => {
    const made = decisions(readme, [{ at: 0, backlog: 340, ready: 1 }, { at: 9_999 }, { at: 10_000 }]);
    expect(counts(made)).toEqual([1, 1, 4]);
    expect(made.map(({ reason }) => reason)).toEqual([
      'pressure 340 above 100 for 0ms of 10s: 1 of at most 10', 'pressure 340 above 100 for 9s of 10s: 1 of at most 10', 'pressure 340 above 100 for 10s: 4 of at most 10',
    ]);
  });

  test('the time begins anew when the pressure was not above it', () => {
    const made = decisions(readme, [{ at: 0, backlog: 340, ready: 1 }, { at: 5 * s, backlog: 100 }, { at: 6 * s, backlog: 340 }, { at: 15 * s }, { at: 16 * s }]);
    expect(counts(made)).toEqual([1, 1, 1, 1, 4]);
  });

  test('messages in hand are pressure, but no reason for more workers where nothing else waits', () => {
    expect(counts(decisions(readme, [{ at: 0, pending: 150, ready: 1, busy: 1 }, { at: 10 * s }, { at: 30 * s }]))).toEqual([1, 1, 1]);
    expect(counts(decisions(readme, [{ at: 0, pending: 150, backlog: 20, ready: 1, busy: 1 }, { at: 10 * s }]))).toEqual([1, 2]);
  });

  test('workers that are done before others could start are enough', () => {
    const fast = every(s, { from: 0, to: 12 * s }, (at) => ({ backlog: 2_000 - at / 10, pending: 1, acknowledged: at / 10, ready: 1, busy: 1 }));
    expect(last(decisions(readme, fast))).toMatchObject({ desired: 1, reason: 'pressure 801 above 100 for 12s, and enough are at it: 1 of at most 10' });
  });

  test('slow workers get more help than one for each hundred: what they would cost idle is less than the time they save', () => {
    const slow = every(s, { from: 0, to: 12 * s }, (at) => ({ backlog: 300 - at / s, pending: 1, acknowledged: at / s, ready: 1, busy: 1 }));
    const slower = every(5 * s, { from: 0, to: 100 * s }, (at) => ({ backlog: 300 - at / (10 * s), pending: 1, acknowledged: at / (10 * s), ready: 1, busy: 1 }));
    expect(last(decisions(readme, slow)).desired).toBe(3);
    expect(last(decisions(readme, slower)).desired).toBe(10);
  });

  test('a rate that lasts counts for more than a burst that just came', () => {
    const burst = every(s, { from: 0, to: 10 * s }, (at) => ({ backlog: 400 - at / s, pending: 1, acknowledged: at / s, ready: 1, busy: 1 }));
    const stream = every(s, { from: 0, to: 10 * s }, (at) => ({ backlog: 300 + 9 * (at / s), pending: 1, acknowledged: at / s, ready: 1, busy: 1 }));
    const lasting = every(s, { from: 0, to: 60 * s }, (at) => ({ backlog: 101 + 5 * (at / s), pending: 1, acknowledged: at / s, ready: 1, busy: 1, ...(at > 10 * s ? { starting: [] } : {}) }));
    expect(last(decisions(readme, burst)).desired).toBeLessThan(last(decisions(readme, stream)).desired);
    expect(last(decisions(readme, lasting)).desired).toBeGreaterThanOrEqual(6);
  });

  test('those that start count with what they will have done by then', () => {
    const grown = (starting: readonly number[]): number =>
      last(decisions({ ...readme, max: 100 }, every(s, { from: 0, to: 60 * s }, (at) => ({ backlog: 1_000 + 4 * (at / s), pending: 1, acknowledged: 2 * (at / s), ready: 1, busy: 1, starting: at > 10 * s ? starting : [] })), 180 * s)).desired;
    expect(grown([10 * s, 10 * s, 10 * s])).toBeLessThan(grown([]));
  });

  test('workers that start are not bought twice, however long it takes', () => {
    const looks = every(s, { from: 0, to: 170 * s }, (at) => ({ backlog: 500, pending: 0, acknowledged: 0, ready: 0, starting: at > 10 * s ? [0, 10 * s, 10 * s, 10 * s, 10 * s] : [0] }));
    expect(new Set(counts(decisions(readme, looks, 180 * s)))).toEqual(new Set([1, 5]));
  });

  test('a step shows what it does before the next is taken', () => {
    const made = decisions(readme, [{ at: 0, backlog: 340, ready: 1 }, { at: 10 * s }, { at: 12 * s, backlog: 900 }, { at: 19 * s }, { at: 20 * s }]);
    expect(counts(made)).toEqual([1, 4, 4, 4, 9]);
  });
});

describe('on the way down', () => {
  const quiet = { backlog: 0, pending: 0, ready: 6, busy: 0 };

  test('the pressure must be below its threshold for the whole time', () => {
    const made = decisions(readme, every(10 * s, { from: 0, to: 5 * m }, () => quiet));
    expect(new Set(counts(made.slice(0, -1)))).toEqual(new Set([6]));
    expect(last(made)).toMatchObject({ desired: 1, reason: 'pressure 0 below 10 for 5m: 1 of at most 10' });
  });

  test('the time begins anew after pressure between the thresholds', () => {
    const looks = every(10 * s, { from: 0, to: 8 * m }, (at) => (at >= 4 * m && at <= 5 * m ? { ...quiet, backlog: 50 } : quiet));
    const made = decisions(readme, looks);
    expect(new Set(counts(made))).toEqual(new Set([6]));
    expect(last(made).reason).toMatch(/^pressure 0 below 10 for 2m50s of 5m/);
  });

  test('a moment of more is chance, and no reason to begin anew; but nothing is taken away in it', () => {
    const looks = every(2 * s, { from: 0, to: 5 * m + 2 * s }, (at) => (at === 4 * m || at === 5 * m ? { ...quiet, pending: 12 } : quiet));
    expect(counts(decisions(readme, looks)).slice(-2)).toEqual([6, 1]);
  });

  test('as many are kept as had something to do, and a little room', () => {
    const looks = every(2 * s, { from: 0, to: 5 * m }, (at) => ({ backlog: 0, pending: 3, acknowledged: at / s, ready: 6, busy: at / s % 4 === 0 ? 2 : 4 }));
    expect(last(decisions(readme, looks)).desired).toBe(4);
  });

  test('no worker that holds a message is taken away', () => {
    const looks = every(10 * s, { from: 0, to: 5 * m }, (at) => ({ ...quiet, pending: at < 5 * m ? 0 : 5, busy: at < 5 * m ? 0 : 5 }));
    expect(last(decisions(readme, looks))).toMatchObject({ desired: 5, reason: 'pressure 5 below 10 for 5m, but 5 are busy: 5 of at most 10' });
  });

  test('what was not needed at the first moment still goes later', () => {
    const looks = every(10 * s, { from: 0, to: 6 * m }, (at) => ({ ...quiet, pending: at === 5 * m ? 5 : 0, busy: at === 5 * m ? 5 : 0 }));
    expect(last(decisions(readme, looks)).desired).toBe(1);
  });

  test('thresholds the wrong way round do not make it flap', () => {
    const absurd = { ...readme, up: { abovePressure: 10, holdMs: 0 }, down: { belowPressure: 1_000, holdMs: 0 } };
    const made = decisions(absurd, every(s, { from: 0, to: m }, () => ({ backlog: 35, ready: 4 })));
    expect(counts(made)).toEqual(counts(made).toSorted((a, b) => a - b));
  });
});

describe('to zero', () => {
  const quiet = { backlog: 0, pending: 0, acknowledged: 7, ready: 1, busy: 0 };
  const idle = (to: number, but: (at: number) => Omit<Look, 'at'> = () => ({})): Look[] => every(10 * s, { from: 0, to }, (at) => ({ ...quiet, ...but(at) }));

  test('it goes when nothing was to do for the time of `zero`', () => {
    const made = decisions(toZero, idle(10 * m));
    expect(counts(made).slice(-2)).toEqual([1, 0]);
    expect(last(made).reason).toBe('nothing to do for 10m: none of at most 10');
  });

  test.each<[string, (at: number) => Omit<Look, 'at'>]>([
    ['a message waited', (at) => ({ backlog: at === 9 * m ? 1 : 0 })],
    ['a message was in hand', (at) => ({ pending: at === 9 * m ? 1 : 0 })],
    ['one came and was done between two looks', (at) => ({ acknowledged: at >= 9 * m ? 8 : 7 })],
    ['a worker was busy', (at) => ({ busy: at === 9 * m ? 1 : 0 })],
  ])('not if %s', (_, but) => {
    const made = decisions(toZero, idle(18 * m, but));
    expect(new Set(counts(made))).toEqual(new Set([1]));
  });

  test('never where a fewest is set', () => {
    expect(last(decisions(readme, idle(60 * m))).desired).toBe(1);
  });

  test('after 10 minutes where only the fewest says so', () => {
    const { zero: _, ...silent } = toZero;
    expect(counts(decisions(silent, idle(10 * m))).slice(-2)).toEqual([1, 0]);
  });

  test('and what came before an hour of nothing has faded, whether it was looked at or not', () => {
    const busy = [{ at: 0, ...quiet }, { at: 2 * s, acknowledged: 100 }, { at: 4 * s, acknowledged: 100 }] as const;
    for (const looks of [[...busy, { at: 60 * m, acknowledged: 100 }], [...busy, ...Array.from({ length: 1_798 }, (_, n) => ({ at: (6 + 2 * n) * s, acknowledged: 100 }))]]) {
      const { arriving } = last(decisions(readme, looks)).state.flow;
      expect(Math.max(arriving.recent, arriving.usual)).toBeLessThan(0.01);
    }
  });

  test('also where the server was away in between, since nothing was acknowledged', () => {
    expect(counts(decisions(toZero, [{ at: 0, ...quiet }, { at: 60 * m }]))).toEqual([1, 0]);
    expect(counts(decisions(toZero, [{ at: 0, ...quiet }, { at: 60 * m, acknowledged: 9 }]))).toEqual([1, 1]);
  });
});

describe('bounds', () => {
  test('a fewest that is raised and a most that is lowered are obeyed at once', () => {
    expect(counts(decisions(readme, [{ at: 0, ready: 2 }, { at: s, policy: { ...readme, min: 5 } }]))).toEqual([2, 5]);
    expect(counts(decisions(readme, [{ at: 0, ready: 8, busy: 8, pending: 50 }, { at: s, policy: { ...readme, max: 3 } }]))).toEqual([8, 3]);
    expect(counts(decisions(readme, [{ at: 0, ready: 8, busy: 8, pending: 50 }, { at: s, policy: { ...readme, min: 0, max: 0 } }, { at: 2 * s }]))).toEqual([8, 0, 0]);
  });

  test('a number set by hand is kept, within them', () => {
    const made = decisions(readme, [{ at: 0, backlog: 5_000, ready: 1 }, { at: 20 * s, pinned: 3 }, { at: 30 * s, pinned: 0 }, { at: 40 * s, pinned: 40 }, { at: 41 * s, pinned: undefined }]);
    expect(counts(made)).toEqual([1, 3, 1, 10, 10]);
    expect(made[1]!.reason).toBe('set by hand: 3 of at most 10');
  });

  test('without a state it begins with what is there', () => {
    expect(counts(decisions(readme, [{ at: 0, ready: 2, starting: [0, 0], backlog: 50 }]))).toEqual([4]);
  });
});

describe('what goes wrong outside', () => {
  test('a server that was away does not take a pressure seen twice for one that lasted', () => {
    expect(counts(decisions(readme, [{ at: 0, backlog: 340, ready: 1 }, { at: 60 * m }, { at: 60 * m + 9 * s }, { at: 60 * m + 10 * s }]))).toEqual([1, 1, 1, 4]);
    expect(counts(decisions(readme, [{ at: 0, ready: 6, backlog: 2 }, { at: 60 * m }]))).toEqual([6, 6]);
  });

  test('a clock that is set back makes it wait at most once more', () => {
    const looks: Look[] = [{ at: 60 * m, backlog: 340, ready: 1 }, { at: 0 }, ...every(s, { from: s, to: 10 * s }, () => ({}))];
    expect(counts(decisions(readme, looks)).slice(-2)).toEqual([1, 4]);
  });

  test('a counter that begins anew is not taken for messages', () => {
    const looks = every(s, { from: 0, to: 30 * s }, (at) => ({ backlog: 200, pending: 1, acknowledged: at < 15 * s ? 1_000_000 + 3 * (at / s) : 3 * (at / s), ready: 1, busy: 1 }));
    const made = decisions(readme, looks);
    const steady = decisions(readme, looks.map((look) => ({ ...look, acknowledged: 3 * (look.at / s) })));
    expect(counts(made)).toEqual(counts(steady));
  });
});
