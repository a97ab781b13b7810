import type { BudgetSpec } from '@neb/core-types';
import { describe, expect, test } from 'vitest';
import { affordable } from './admission.ts';
import { judgeBudget, type Spender } from './judge.ts';
import { nanosOf } from './nanos.ts';
import { windowsOf } from './windows.ts';

const nowMs = Date.parse('2026-11-15T10:30:00Z');
const madeMs = Date.parse('2026-11-02T07:20:00Z');
const at = { madeMs, nowMs };

function spender(id: string, more: { readonly priority?: number; readonly rate?: string; readonly canSuspend?: boolean } = {}): Spender {
  return { id, priority: more.priority ?? 0, rate: nanosOf(more.rate ?? '1'), canSuspend: more.canSuspend ?? false };
}

function judged(spec: BudgetSpec, spent: readonly string[], spenders: readonly Spender[] = []) {
  return judgeBudget(spec, { nowMs, windows: windowsOf(spec, at).map((window, nth) => ({ ...window, spent: nanosOf(spent[nth]!) })), spenders }, {});
}

describe('periods', () => {
  test('are those of UTC, and a total begins with the full hour in which the budget was made', () => {
    expect(windowsOf({ limits: { hour: '1', day: '2', month: '3', total: '4' } }, at).map(({ sinceMs, untilMs }) => [sinceMs, untilMs].map((ms) => ms && new Date(ms).toISOString()))).toEqual([
      ['2026-11-15T10:00:00.000Z', '2026-11-15T11:00:00.000Z'], ['2026-11-15T00:00:00.000Z', '2026-11-16T00:00:00.000Z'],
      ['2026-11-01T00:00:00.000Z', '2026-12-01T00:00:00.000Z'], ['2026-11-02T07:00:00.000Z', undefined],
    ]);
  });
});

describe('steps', () => {
  test.each([
    ['79.999999999', 'within'], ['80', 'warn'], ['99.999999999', 'warn'], ['100', 'stop'], ['250', 'stop'],
  ])('of $100 by default: at $%s it is %s', (spent, status) => {
    expect(judged({ limits: { day: '100' } }, [spent]).status.status).toBe(status);
  });

  test('of several limits the furthest is told, with its own figures', () => {
    const { status } = judged({ limits: { hour: '1', month: '100' } }, ['0.9', '20'], [spender('a', { rate: '0.5' })]);
    expect(status).toMatchObject({ status: 'warn', per: 'hour', spent: '0.9', projected: '1.15', message: '$0.90 of $1 is spent this hour, at $0.50/h' });
    expect(status.limits).toMatchObject([{ per: 'hour' }, { per: 'month', spent: '20', until: '2026-12-01T00:00:00.000Z' }]);
  });

  test('may be amounts', () => {
    expect(judged({ limits: { day: '100' }, steps: [{ at: '12.50', do: 'no_new' }] }, ['12.5']).status).toMatchObject({ status: 'no_new' });
  });

  test('of a soft budget are told, and nothing ends', () => {
    expect(judged({ limits: { day: '1' }, soft: true }, ['2'], [spender('a')])).toMatchObject({ status: { status: 'stop' }, endings: [] });
  });
});

describe('what is ended', () => {
  const spenders = [spender('kept', { priority: 10, rate: '9' }), spender('cheap', { rate: '1' }), spender('dear', { rate: '5' }), spender('low', { priority: -1, rate: '0.1' })];

  test('goes by priority, the lowest first, and the dearest first among equals', () => {
    expect(judged({ limits: { day: '1' } }, ['1'], spenders).endings.map(({ id }) => id)).toEqual(['low', 'dear', 'cheap', 'kept']);
  });

  test('is below the priority that a step names', () => {
    const steps: BudgetSpec['steps'] = [{ at: '90%', do: 'stop', below: 0 }, { at: '95%', do: 'suspend', below: 10 }, { at: '100%', do: 'stop' }];
    expect(judged({ limits: { day: '1' }, steps }, ['0.9'], spenders).endings.map(({ id }) => id)).toEqual(['low']);
    const able = spenders.map((one) => ({ ...one, canSuspend: one.id === 'dear' }));
    expect(judged({ limits: { day: '1' }, steps }, ['0.96'], able).endings).toEqual([{ id: 'low', how: 'stop' }, { id: 'dear', how: 'suspend' }, { id: 'cheap', how: 'stop' }]);
    expect(judged({ limits: { day: '1' }, steps }, ['1'], able).endings.map(({ how }) => how)).toEqual(['stop', 'stop', 'stop', 'stop']);
  });
});

describe('the next look', () => {
  test('is when a step is reached at the present rate, when the period ends, or when figures are a minute old', () => {
    expect(judged({ limits: { day: '1' } }, ['0.79'], [spender('a', { rate: '3.6' })]).afterMs).toBe(10_000);
    expect(judged({ limits: { hour: '1' } }, ['0.1']).afterMs).toBe(1_800_000);
    expect(judged({ limits: { day: '1000' } }, ['0'], [spender('a')]).afterMs).toBe(60_000);
    expect(judged({ limits: { day: '1', total: '4' } }, ['0', '0']).afterMs).toBe(Infinity);
  });
});

describe('what may start', () => {
  const most = (spec: BudgetSpec, status: Parameters<typeof affordable>[1]): number => affordable(spec, status, { windows: windowsOf(spec, at), nowMs });
  const since = '2026-11-15T10:00:00.000Z';

  test('is what the rest pays for until the horizon, or until the period ends', () => {
    expect(most({ limits: { total: '1' } }, {})).toBe(6e9);
    expect(most({ limits: { total: '1' }, horizon: '1h' }, {})).toBe(1e9);
    expect(most({ limits: { hour: '1' }, horizon: '1h' }, {})).toBe(2e9);
    expect(most({ limits: { hour: '1' }, horizon: '1h', soft: true }, {})).toBeGreaterThan(1e15);
  });

  test('is less by what was spent since the last look', () => {
    const limits = [{ per: 'hour' as const, limit: '1', spent: '0.4', since, until: '2026-11-15T11:00:00.000Z' }];
    expect(most({ limits: { hour: '1' } }, { limits, rate: '3.6', as_of: '2026-11-15T10:29:00.000Z' })).toBe(3.24e9);
    expect(most({ limits: { hour: '1' } }, { limits, rate: '36', as_of: '2026-11-15T10:29:00.000Z' })).toBe(0);
  });

  test('is nothing once a step says so, until its period is over', () => {
    const limits = [{ per: 'hour' as const, limit: '1', spent: '1', since, until: '2026-11-15T11:00:00.000Z' }];
    expect(most({ limits: { hour: '1' } }, { step: 'no_new', limits, rate: '0', as_of: since })).toBe(0);
    expect(most({ limits: { hour: '1' } }, { step: 'warn', limits: [{ ...limits[0]!, spent: '0.5' }], rate: '0', as_of: since })).toBe(3e9);
    const past = limits.map((limit) => ({ ...limit, since: '2026-11-15T09:00:00.000Z', until: since }));
    expect(most({ limits: { hour: '1' } }, { step: 'stop', limits: past, rate: '0', as_of: '2026-11-15T09:30:00.000Z' })).toBe(6e9);
  });
});
