import { describe, expect, test } from 'vitest';
import { type Candidate, choose } from './choose.ts';
import { afterAnswer, costOf, decayMs, unknownLatency } from './ewma.ts';
import { afterOutcome, faultsInRow, firstMs, goodStanding, isEjected } from './outlier.ts';
import { fadeMs, perSecond, retryBudget } from './retry-budget.ts';

const a = (more: Partial<Candidate> & { readonly id?: string } = {}): Candidate & { readonly id?: string } => ({
  zone: undefined, latency: unknownLatency, standing: goodStanding, inFlight: 0, draining: false, notBefore: 0, most: Infinity, ...more,
});

/** Draws the numbers in turn. */
const drawing = (...numbers: number[]) => () => numbers.shift() ?? 0;

describe('peak EWMA', () => {
  test.each([
    ['takes the first as it is', unknownLatency, 20, 1_000, 20],
    ['takes a peak at once', { ms: 10, at: 1_000 }, 500, 1_001, 500],
    ['hardly believes a quick one that follows at once', { ms: 500, at: 1_000 }, 10, 1_000, 500],
    ['believes it by two thirds after the decay', { ms: 500, at: 1_000 }, 0, 1_000 + decayMs, 500 / Math.E],
  ])('%s', (_, before, tookMs, now, expected) => expect(afterAnswer(before, tookMs, now).ms).toBeCloseTo(expected));

  test.each([
    ['a quicker one is better', [{ ms: 10, at: 100 }, 0], [{ ms: 20, at: 100 }, 0]],
    ['one with less to do is better', [{ ms: 10, at: 100 }, 1], [{ ms: 10, at: 100 }, 3]],
    ['a slow one without work can be better than a quick one with much', [{ ms: 20, at: 100 }, 0], [{ ms: 10, at: 100 }, 5]],
    ['one of which nothing is known is tried', [unknownLatency, 0], [{ ms: 1, at: 100 }, 0]],
    ['of two of which nothing is known the idle one is', [unknownLatency, 0], [unknownLatency, 1]],
    ['what was slow long ago is tried again', [{ ms: 500, at: 100 - 20 * decayMs }, 0], [{ ms: 10, at: 100 }, 0]],
  ] as const)('%s', (_, better, worse) => expect(costOf(better[0], better[1], 100)).toBeLessThan(costOf(worse[0], worse[1], 100)));
});

describe('the choice', () => {
  test.each([
    ['is nobody where there is nobody', [], undefined],
    ['is not one that drains, is full, or refused a moment ago', [a({ draining: true }), a({ inFlight: 3, most: 3 }), a({ notBefore: 101 })], undefined],
    ['is the only one left', [a({ draining: true }), a({ id: 'x' })], 'x'],
    ['is the cheaper of two', [a({ inFlight: 5 }), a({ id: 'x' })], 'x'],
    ['is not one that was put aside', [a({ standing: { faults: 0, ejections: 1, until: 200 } }), a({ id: 'x', inFlight: 50 })], 'x'],
    ['is one that was put aside where there is no other', [a({ id: 'x', standing: { faults: 0, ejections: 1, until: 200 } })], 'x'],
    ['is in the same zone', [a({ zone: 'b' }), a({ id: 'x', zone: 'a', inFlight: 9 })], 'x'],
    ['is elsewhere where that zone is full', [a({ id: 'x', zone: 'b' }), a({ zone: 'a', inFlight: 9, most: 9 })], 'x'],
  ])('%s', (_, candidates, expected) => expect(choose(candidates, { now: 100, zone: 'a', random: drawing(0, 0) })?.id).toBe(expected));

  test('is not the one that just failed, unless there is no other', () => {
    const [x, y] = [a({ id: 'x' }), a({ id: 'y', inFlight: 100 })];
    expect(choose([x, y], { now: 1, zone: undefined, random: drawing(), except: x })).toBe(y);
    expect(choose([x], { now: 1, zone: undefined, random: drawing(), except: x })).toBe(x);
  });

  test('falls on each of many alike about as often', () => {
    const all = Array.from({ length: 5 }, (_, i) => a({ id: String(i) }));
    const counts = new Map<string, number>();
    // The same sequence every time, from a small linear generator.
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    for (let i = 0; i < 10_000; i += 1) {
      const { id } = choose(all, { now: 1, zone: undefined, random })!;
      counts.set(id!, (counts.get(id!) ?? 0) + 1);
    }
    expect(Math.min(...counts.values())).toBeGreaterThan(1_600);
    expect(counts.size).toBe(5);
  });
});

describe('outliers', () => {
  const fail = (times: number, mayEject = true, now = 0) => Array.from({ length: times }).reduce<typeof goodStanding>((standing) => afterOutcome(standing, false, { now, mayEject }), goodStanding);

  test('are put aside after so many faults in a row, and for longer each time', () => {
    expect(isEjected(fail(faultsInRow - 1), 1)).toBe(false);
    const once = fail(faultsInRow);
    expect([isEjected(once, firstMs - 1), isEjected(once, firstMs)]).toEqual([true, false]);
    let twice = once;
    for (let i = 0; i < faultsInRow; i += 1) twice = afterOutcome(twice, false, { now: firstMs, mayEject: true });
    expect(twice.until).toBe(firstMs + 2 * firstMs);
  });

  test('are none after a good answer between faults', () => {
    const standing = afterOutcome(fail(faultsInRow - 1), true, { now: 0, mayEject: true });
    expect(afterOutcome(standing, false, { now: 0, mayEject: true })).toMatchObject({ faults: 1, until: 0 });
  });

  test('stay where half are put aside already', () => expect(isEjected(fail(100, false), 1)).toBe(false));

  test('are forgiven once they did well for as long', () => {
    const once = fail(faultsInRow);
    expect(afterOutcome(once, true, { now: once.until + firstMs, mayEject: true })).toEqual(goodStanding);
  });
});

test('a retry budget gives a fifth of what came, a few a second, and forgets what was not used', () => {
  let now = 0;
  const budget = retryBudget(() => now);
  const spent = (): number => {
    let n = 0;
    while (budget.spend(0)) n += 1;
    return n;
  };
  expect(spent()).toBe(perSecond);
  for (let i = 0; i < 100; i += 1) budget.earn();
  expect(spent()).toBeGreaterThanOrEqual(19);
  now += 1_000;
  expect([2, 3]).toContain(spent());
  for (let i = 0; i < 100_000; i += 1) budget.earn();
  now += 20 * fadeMs;
  expect(spent()).toBeLessThanOrEqual((perSecond * fadeMs) / 1_000);
});
