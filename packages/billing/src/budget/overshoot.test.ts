import { type BudgetSpec, type BudgetStatus, timestamp } from '@neb/core-types';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { affordable } from './admission.ts';
import { judgeBudget } from './judge.ts';
import { nanosOf, over } from './nanos.ts';
import { windowsOf } from './windows.ts';

const tickMs = 10_000;
const startMs = Date.parse('2026-11-01T08:00:00Z');
/** All within the hour, so that the period does not begin anew. */
const longestMs = 3_000_000;

const cents = (most: number) => fc.integer({ min: 1, max: most }).map((n) => (n / 100).toFixed(2));
const happenings = fc.array(fc.record({
  at: fc.integer({ min: 0, max: longestMs }), what: fc.constantFrom('start', 'end', 'price'), of: fc.nat({ max: 7 }), price: cents(50_000),
}), { minLength: 1, maxLength: 60 }).map((all) => [...all].sort((a, b) => a.at - b.at));
const budgets = fc.record({
  limits: fc.oneof(fc.record({ hour: cents(2_000) }), fc.record({ total: cents(2_000) }), fc.record({ hour: cents(2_000), day: cents(2_000) })),
  horizon: fc.constantFrom('0s', '1s', '10m'),
  steps: fc.constantFrom<BudgetSpec['steps']>(undefined, [{ at: '90%', do: 'stop', below: 3 }, { at: '100%', do: 'stop' }], [{ at: '95%', do: 'suspend' }, { at: '100%', do: 'stop' }]),
});

interface Running {
  price: bigint;
  readonly priority: number;
}

/** A world in which time passes; what is spent is the sum of what each running thing costs while it runs. */
function world(spec: BudgetSpec) {
  const running = new Map<number, Running>();
  let now = startMs;
  let exact = 0n;
  let status: Pick<BudgetStatus, 'step' | 'since' | 'rate' | 'as_of' | 'limits'> = {};
  const limit = Object.values(spec.limits as Record<string, string>).map(nanosOf).reduce((a, b) => (a < b ? a : b));
  /** In billionths and milliseconds of an hour. */
  const rate = (): bigint => [...running.values()].reduce((sum, { price }) => sum + price, 0n);
  const spent = (): bigint => (exact + 3_599_999n) / 3_600_000n;
  const windows = () => windowsOf(spec, { madeMs: startMs, nowMs: now });
  let worst = 0n;
  return {
    limit, rate, spent,
    now: () => now,
    worst: () => worst,
    pass(to: number): void {
      // The dearest that ran while more than the limit was spent.
      const crosses = exact + rate() * BigInt(to - now) > limit * 3_600_000n;
      if (crosses && rate() > worst) worst = rate();
      exact += rate() * BigInt(to - now);
      now = to;
    },
    happen({ what, of, price }: { readonly what: string; readonly of: number; readonly price: string }): boolean {
      const one = running.get(of);
      if (what === 'end') return running.delete(of);
      if (what === 'price' && one) return ((one.price = nanosOf(price)), true);
      if (what !== 'start' || one) return false;
      if (rate() + nanosOf(price) > BigInt(affordable(spec, status, { windows: windows(), nowMs: now }))) return false;
      running.set(of, { price: nanosOf(price), priority: of % 5 });
      return true;
    },
    /** Looks, writes and does; or dies between deciding and doing, so that nothing of it is left. Milliseconds until the next look. */
    look(dies: boolean): number {
      const judged = judgeBudget(spec, {
        nowMs: now, windows: windows().map((window) => ({ ...window, spent: spent() })),
        spenders: [...running].map(([id, { price, priority }]) => ({ id: String(id), priority, rate: price, canSuspend: id % 2 === 0 })),
      }, status);
      if (dies) return 0;
      status = judged.status;
      for (const { id } of judged.endings) running.delete(Number(id));
      return judged.endings.length > 0 ? 0 : judged.afterMs;
    },
  };
}

interface History {
  readonly spec: BudgetSpec;
  readonly events: readonly { readonly at: number; readonly what: string; readonly of: number; readonly price: string }[];
  readonly late: readonly number[];
  readonly deaths: readonly boolean[];
}

/** Lives through it: looks come up to a tick after they are due, and any before the last of that tick may be lost. */
function live({ spec, events, late, deaths }: History): ReturnType<typeof world> {
  const it = world(spec);
  const queue = [...events];
  let [looks, due, dueSince] = [0, startMs, startMs];
  for (let steps = 0; steps < 2_000; steps++) {
    // However often it fails, some server looks within a tick of when it was due.
    const by = dueSince + tickMs;
    const at = Math.min(by, Math.max(it.now(), due + late[looks % late.length]!));
    const next = queue[0];
    if (next && startMs + next.at <= at) {
      queue.shift();
      it.pass(Math.max(it.now(), startMs + next.at));
      if (it.happen(next) && it.now() < due) due = dueSince = it.now();
      continue;
    }
    if (at > startMs + longestMs) break;
    it.pass(at);
    const dies = deaths[looks++ % deaths.length]! && at < by;
    const afterMs = it.look(dies);
    due = Math.min(it.now() + (dies ? 1_000 : afterMs), startMs + 2 * longestMs);
    if (!dies) dueSince = due;
  }
  return it;
}

const histories = fc.record({
  spec: budgets, events: happenings,
  late: fc.array(fc.integer({ min: 0, max: tickMs }), { minLength: 1, maxLength: 10 }),
  deaths: fc.array(fc.boolean(), { minLength: 1, maxLength: 10 }),
});

test('no more is spent beyond a limit than one tick of what runs costs, whatever starts, ends, changes its price, comes late or is lost', () => {
  fc.assert(fc.property(histories, (history) => {
    const it = live(history);
    const beyond = it.spent() - it.limit;
    expect(beyond <= over(it.worst(), tickMs), `${beyond} beyond, and a tick is ${over(it.worst(), tickMs)}`).toBe(true);
  }), { numRuns: 500 });
});

test('the bound is no accident: where looks come later than a tick, it is broken', () => {
  const it = live({ spec: { limits: { hour: '1' } }, events: [{ at: 0, what: 'start', of: 1, price: '3' }], late: [0], deaths: [false] });
  expect(it.spent()).toBe(nanosOf('1'));
  const careless = world({ limits: { hour: '1' } });
  careless.happen({ what: 'start', of: 1, price: '3' });
  careless.pass(startMs + 1_200_000 + tickMs + 1);
  careless.look(false);
  expect(careless.spent() - careless.limit > over(careless.worst(), tickMs)).toBe(true);
  expect(careless.rate()).toBe(0n);
});

test('a machine of $3 an hour under a limit of $1 is stopped after 20 minutes, within the millisecond', () => {
  const spec: BudgetSpec = { limits: { total: '1' } };
  const spender = { id: 'c', priority: 0, rate: nanosOf('3'), canSuspend: false };
  const at = (ms: number) => judgeBudget(spec, { nowMs: startMs + ms, windows: windowsOf(spec, { madeMs: startMs, nowMs: startMs + ms }).map((w) => ({ ...w, spent: over(spender.rate, ms) })), spenders: [spender] }, {});
  expect(at(1_199_998)).toMatchObject({ status: { status: 'warn', rate: '3' }, endings: [], afterMs: 1 });
  expect(at(1_200_000)).toMatchObject({ status: { status: 'stop', step: 'stop', since: timestamp(startMs + 1_200_000), spent: '1', limit: '1', message: '$1 of $1 is spent in all, at $3/h' }, endings: [{ id: 'c', how: 'stop' }] });
});
