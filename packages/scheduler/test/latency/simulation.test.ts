import { describe, expect, test } from 'vitest';
import { play, policyOf, type Score, sumOf } from './against.ts';
import { fixed } from './rivals.ts';
import { simulate } from './simulator.ts';
import type { Trace } from './traces.ts';

/** Another than those by which the autoscaler's numbers were chosen, 1 to 3. `simulation.long.test.ts` plays more of them, and the other controllers. */
const seed = 101;

describe('beside Knative\'s, over the same requests', () => {
  let played: readonly Score[] | undefined;
  const scores = (): readonly Score[] => (played ??= play([seed], ['neb', 'Knative']));

  test('misses times replica-seconds are fewer in sum', () => {
    expect(sumOf(scores(), 'neb')).toBeLessThan(0.75 * sumOf(scores(), 'Knative'));
  }, 120_000);

  test('it changes its mind less often', () => {
    const changes = (name: string): number => scores().filter(({ controller }) => controller === name).reduce((sum, score) => sum + score.changes, 0);
    expect(changes('neb')).toBeLessThan(changes('Knative'));
  });
});

describe('the simulator', () => {
  const trace: Trace = { name: 'by hand', seconds: 100, arrivals: [{ at: 1, takes: 2, elsewhere: 0 }, { at: 1, takes: 2, elsewhere: 0 }, { at: 1, takes: 2, elsewhere: 1 }], startSeconds: 10, places: 1, capped: true, min: 1, max: 4, limitSeconds: 4.5 };

  test('lets requests queue for a place, and counts what is late', () => {
    // The three are answered after 2, 4, and 7 seconds.
    expect(simulate(trace, fixed(1), 1)).toMatchObject({ requests: 3, misses: 1, replicaSeconds: 100, changes: 0 });
    expect(simulate({ ...trace, limitSeconds: 1 }, fixed(1), 1).misses).toBe(3);
    expect(simulate({ ...trace, capped: false }, fixed(1), 1).misses).toBe(1);
  });

  test('bills replicas from being asked for, and lets those that go finish what they have', () => {
    expect(simulate({ ...trace, min: 0 }, fixed(4), 1)).toMatchObject({ misses: 3, replicaSeconds: 400 });
    const leaving = simulate({ ...trace, min: 0, startSeconds: 0 }, { name: 'leaves', wakes: false, look: ({ now }) => ({ desired: now < 2 ? 3 : 0, againSeconds: 2 }) }, 1);
    // Two until second 3, and one, whose request waits elsewhere, until second 4.
    expect(leaving).toMatchObject({ misses: 0, replicaSeconds: 3 + 3 + 4 });
  });

  test('counts requests that were never answered', () => {
    expect(simulate({ ...trace, min: 0 }, fixed(0), 1).misses).toBe(3);
  });

  test('refuses who leaves the bounds', () => {
    expect(() => simulate(trace, fixed(5), 1)).toThrow('wants 5 replicas of 1 to 4');
  });
});

test('everybody has the same patience, that of Knative', () => {
  expect(policyOf({ ...({ min: 0, max: 9, limitSeconds: 2, places: 3, capped: true } as Trace) })).toEqual({ min: 0, max: 9, surge: 1, up: { aboveMs: 2_000, holdMs: 10_000 }, down: { belowMs: 1_400, holdMs: 60_000 }, zero: { holdMs: 90_000 }, maxInFlight: 3 });
});
