import { costOf, type SeenRun, type UsageFact } from '@neb/core-types';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compare, plainSum } from '../../test/exactly.ts';
import { at, hourly, run, start } from '../../test/some-runs.ts';
import { totalAfter } from '../price/amount.ts';
import { deriveRun, usualPeriods } from './run-facts.ts';
import { newRun, type RunState } from './run-state.ts';

const minute = 60_000;

/** What several sights at several times come to, one after the other. */
function derive(sights: readonly (readonly [SeenRun, number])[]): { readonly facts: readonly UsageFact[]; readonly state: RunState; readonly dueMs: number | undefined } {
  let state = newRun;
  let dueMs: number | undefined;
  const facts = sights.flatMap(([seen, minutes]) => {
    const derived = deriveRun(seen, state, { ...usualPeriods, nowMs: start + minutes * minute });
    // It went through a database.
    state = JSON.parse(JSON.stringify(derived.state)) as RunState;
    dueMs = derived.dueMs;
    return derived.facts;
  });
  return { facts, state, dueMs };
}

const told = (facts: readonly UsageFact[]): string[] => facts.map(({ kind, from, quantity, amount, cost, problem }) => `${kind} ${from.slice(11, 16)} ${quantity} ${kind === 'platform' ? cost : amount}${problem ? ` ${problem}` : ''}`);
const sum = (facts: readonly UsageFact[], kind: UsageFact['kind']) => {
  const of = facts.filter((one) => one.kind === kind);
  return { quantity: plainSum(of.map(({ quantity }) => quantity)), amount: plainSum(of.map(({ amount }) => amount)), cost: plainSum(of.map(({ cost }) => cost)) };
};

describe('what a run comes to', () => {
  test('is written hour by hour while it lasts, and to the end when it ends', () => {
    const { facts, state, dueMs } = derive([[run(), 0], [run(), 46], [run(), 45 + 60]]);
    expect(told(facts)).toEqual(['platform 08:15 2700 0.225', 'runtime 08:20 2400 0.246666666', 'platform 09:00 3600 0.3', 'runtime 09:00 3600 0.37']);
    expect(new Date(dueMs!).toISOString()).toBe('2026-11-01T11:05:00.000Z');
    const ended = run({ version: 2, endedAt: at(120) });
    expect(told(deriveRun(ended, state, { ...usualPeriods, nowMs: start + 121 * minute }).facts)).toEqual(['platform 10:00 1200 0.1', 'runtime 10:00 1200 0.123333334']);
  });

  test('of a launch that came to nothing is what the platform asks, and nothing where nothing was bought', () => {
    const failed = run({ startedAt: undefined, endedAt: at(10) });
    expect(told(derive([[failed, 11]]).facts)).toEqual(['platform 08:15 900 0.075']);
    expect(derive([[{ ...failed, bought: false }, 11]])).toEqual({ facts: [], state: { version: 1, lines: [], started: false, ended: true, over: true }, dueMs: undefined });
  });

  test('costs from when the platform asks until it asks no more, which its owner is not asked for', () => {
    const ended = run({ version: 2, endedAt: at(10), lingers: true, billedFrom: at(-1) });
    const left = run({ ...ended, version: 3, lingers: false, billedUntil: at(80) });
    const lines = ['runtime 08:20 600 0.061666666', 'platform 08:19 2460 0.205', 'platform 09:00 2400 0.2'];
    expect(told(derive([[run({ billedFrom: at(-1) }), 1], [ended, 11], [ended, 12], [ended, 46], [left, 81], [left, 82]]).facts)).toEqual(lines);
    expect(told(derive([[left, 81]]).facts).toSorted()).toEqual(lines.toSorted());
    // Found only once its launch had been given up.
    const [failed, found] = [{ startedAt: undefined, bought: false }, { startedAt: undefined, bought: true, version: 3 }];
    expect(told(derive([[{ ...ended, ...failed }, 11], [{ ...ended, ...found }, 12], [{ ...left, ...found, version: 4 }, 81]]).facts)).toEqual(lines.slice(1));
  });

  test('is the same when it is seen again, or late, or an older sight comes after', () => {
    const ended = run({ version: 5, endedAt: at(60) });
    const once = derive([[ended, 90]]).facts;
    expect(derive([[run(), 1], [ended, 90], [ended, 91], [run(), 92]]).facts).toEqual(once);
    expect(once.map(({ id }) => id)).toEqual([...new Set(once.map(({ id }) => id))]);
  });

  test('takes back what was written past an end that is seen late', () => {
    const { facts } = derive([[run(), 0], [run(), 200], [run({ version: 2, endedAt: at(50) }), 210]]);
    expect(told(facts).filter((line) => line.startsWith('runtime'))).toEqual(['runtime 08:20 2400 0.246666666', 'runtime 09:00 3600 0.37', 'runtime 10:00 3600 0.37', 'runtime 09:10 -3000 -0.308333333', 'runtime 10:00 -3600 -0.37']);
    expect(sum(facts, 'runtime')).toEqual({ quantity: '3000', amount: '0.308333333', cost: '0' });
  });

  test('asks by a changed meter or price from when it changed, and nothing while it rests', () => {
    const dearer = run({ version: 2, changedAt: at(60), meters: [{ ...hourly, cost: '0.74' }], pricePerHour: '0.6' });
    const rests = { ...dearer, version: 3, changedAt: at(90), paused: true };
    const goesOn = { ...dearer, version: 4, changedAt: at(150) };
    const { facts } = derive([[run(), 1], [dearer, 61], [rests, 91], [goesOn, 151], [{ ...goesOn, version: 5, endedAt: at(180) }, 181]]);
    expect(sum(facts, 'runtime')).toEqual({ quantity: '7200', amount: '1.11', cost: '0' });
    expect(sum(facts, 'platform')).toEqual({ quantity: '11100', amount: '0', cost: plainSum([costOf('0.3', 65 * minute), costOf('0.6', 120 * minute)]) });
  });

  describe('of what was suspended', () => {
    const first = { until: at(60), pricePerHour: '0.3', paused: false };
    const rested = [{ until: at(90), pricePerHour: '0', paused: true }, { until: at(92), pricePerHour: '0.3', paused: true }];
    const second = { until: at(93), pricePerHour: '0.3', paused: false };
    const later = [{ until: at(1_500), pricePerHour: '0.01', paused: true }, { until: at(1_530), pricePerHour: '0.3', paused: false }];
    const sights = [
      run(),
      run({ version: 2, changedAt: at(61), paused: true, pricePerHour: '0', terms: [first] }),
      run({ version: 3, changedAt: at(90), paused: true, terms: [first, rested[0]!] }),
      run({ version: 4, changedAt: at(92), terms: [first, ...rested] }),
      run({ version: 5, changedAt: at(93), paused: true, pricePerHour: '0.01', terms: [first, ...rested, second] }),
      run({ version: 6, changedAt: at(1_501), terms: [first, ...rested, second, later[0]!] }),
      run({ version: 7, changedAt: at(1_531), paused: true, pricePerHour: '0', terms: [first, ...rested, second, ...later] }),
      run({ version: 8, changedAt: at(1_600), paused: true, pricePerHour: '0', terms: [first, ...rested, second, ...later], endedAt: at(1_590), billedUntil: at(1_595) }),
    ] as const;
    const looks = [1, 61, 90, 92, 94, 1_501, 1_531, 1_600];

    test('is all there for who looks once it is over: its own price while it ran, the price of resting while it rested', () => {
      const { facts } = derive([[sights.at(-1)!, 1_700]]);
      expect(sum(facts, 'runtime')).toEqual({ quantity: String(91 * 60), amount: plainSum([60, 1, 30].map((ran) => totalAfter({ currency: 'USD', price: '0.37', unit: 'hour' }, ran * minute).amount)), cost: '0' });
      expect(sum(facts, 'platform')).toEqual({ quantity: String(1_600 * 60), amount: '0', cost: plainSum([costOf('0.3', 65 * minute), costOf('0.3', 3 * minute), costOf('0.01', 1_407 * minute), costOf('0.3', 30 * minute)]) });
    });

    test('is the same lines whoever looked when, and however often', () => {
      const once = derive([[sights.at(-1)!, 1_700]]).facts.map((fact) => JSON.stringify(fact)).toSorted();
      fc.assert(fc.property(fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }), fc.array(fc.integer({ min: -200, max: 2_000 }), { minLength: 7, maxLength: 7 }), (looked, aheadMinutes) => {
        const seen = sights.filter((_, nth) => looked[nth] ?? true).map((sight) => [sight, Math.max(looks[sight.version - 1]!, (looks[sight.version - 1]! + looks[sight.version]!) / 2 || 0)] as const);
        expect(derive([...seen, [sights.at(-1)!, 1_700]]).facts.map((fact) => JSON.stringify(fact)).toSorted()).toEqual(once);
        // A clock that runs ahead has more written, which is taken back.
        const ahead = derive([...seen.map(([sight, when], nth) => [sight, when + Math.max(0, aheadMinutes[nth] ?? 0)] as const), [sights.at(-1)!, 1_700]]).facts;
        for (const kind of ['runtime', 'platform'] as const) expect(sum(ahead, kind)).toEqual(sum(derive([[sights.at(-1)!, 1_700]]).facts, kind));
        expect(new Set(ahead.map(({ id }) => id)).size).toBe(ahead.length);
      }), { numRuns: 25 });
    });

    test('keeps no more in mind however often it was', () => {
      const terms = Array.from({ length: 90 }, (_, nth) => ({ until: at(10 * (nth + 1)), pricePerHour: nth % 2 ? '0' : '0.3', paused: nth % 2 === 1 }));
      const { state, facts } = derive([[run({ terms }), 1_000]]);
      expect(sum(facts, 'runtime').quantity).toBe(String(46 * 600 - 600 + (state.lines.at(-1)!.untilMs - Date.parse(at(900))) / 1_000));
      expect(state.lines.length).toBeLessThanOrEqual(4);
    });
  });

  test('asks by the price that the first sight of it running tells, from the beginning', () => {
    const { facts } = derive([[run({ startedAt: undefined, pricePerHour: '9' }), -4], [run({ version: 2 }), 1], [run({ version: 3, endedAt: at(55) }), 56]]);
    expect(sum(facts, 'platform')).toEqual({ quantity: '3600', amount: '0', cost: '0.3' });
  });

  test('says what cannot be asked, and counts it all the same', () => {
    const meters = [{ ...hourly, unit: 'token' }, { costp: 10, unit: 'hour', currency: 'EUR', metric: 'runtime' }, { cost: '1', unit: 'token', currency: 'USD', metric: 'response_value' }];
    expect(told(derive([[run({ meters, bought: false, endedAt: at(10) }), 11]]).facts)).toEqual([
      'runtime 08:20 600 0 runtime is time, and token is no unit of it',
      'runtime 08:20 600 0 costp is of a price in USD, and the meter is in EUR: name a cost',
    ]);
  });

  test('is its observed time at its rate to the billionth, whatever is looked at when and however the clock steps', () => {
    const looks = fc.array(fc.integer({ min: -600, max: 3_000 }), { maxLength: 12 });
    const prices = fc.bigInt({ min: 0n, max: 10n ** 12n }).map((nanos) => `${nanos / 10n ** 9n}.${String(nanos % 10n ** 9n).padStart(9, '0')}`);
    fc.assert(fc.property(looks, fc.integer({ min: -3_600_000, max: 90_000_000 }), prices, fc.constantFrom('second', 'minute', 'hour', 'day'), (minutes, ranMs, cost, unit) => {
      const seen = run({ meters: [{ cost, unit, currency: 'USD', metric: 'runtime' }], pricePerHour: cost });
      const endedAt = new Date(start + ranMs).toISOString();
      const { facts, state } = derive([...minutes.map((one) => [seen, one] as const), [{ ...seen, version: 2, endedAt }, 2_000]]);
      const truthMs = Math.max(0, ranMs);
      expect(sum(facts, 'runtime')).toEqual({ quantity: plainSum([`${truthMs}e-3`]), amount: totalAfter({ currency: 'USD', price: cost, unit }, truthMs).amount, cost: '0' });
      expect(sum(facts, 'platform').cost).toBe(costOf(cost, Math.max(0, ranMs + 5 * minute)));
      expect(state.over).toBe(true);
      expect(new Set(facts.map(({ id }) => id)).size).toBe(facts.length);
      facts.forEach((_, nth) => expect(compare(sum(facts.slice(0, nth + 1), 'runtime').quantity, '0')).toBeGreaterThanOrEqual(0));
      expect(facts.every(({ from, to }) => Math.floor(Date.parse(from) / 3_600_000) === Math.floor((Date.parse(to) - 1) / 3_600_000))).toBe(true);
    }));
  });
});
