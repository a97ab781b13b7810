import { type BudgetDeed, budgetDeeds, type BudgetLimitStatus, type BudgetSpec, type BudgetStatus, formatMoney, timestamp } from '@neb/core-types';
import { msUntil, nanosOf, over } from './nanos.ts';
import { spentSentence } from './words.ts';
import type { Window } from './windows.ts';

/** A container that spends. */
export interface Spender {
  readonly id: string;
  readonly priority: number;
  /** Billionths an hour. */
  readonly rate: bigint;
  /** Whether where it runs can put it aside. */
  readonly canSuspend: boolean;
}

/** What was found at one moment. */
export interface Measured {
  readonly nowMs: number;
  readonly windows: readonly (Window & { readonly spent: bigint })[];
  readonly spenders: readonly Spender[];
}

export interface Ending {
  readonly id: string;
  readonly how: 'suspend' | 'stop';
}

/** What a budget comes to. */
export interface Judgement {
  readonly status: Omit<BudgetStatus, 'conditions' | 'by_administrator'>;
  /** What is to end, in this order; those that spend most first among equals. */
  readonly endings: readonly Ending[];
  /** When to look again, in milliseconds from now: a step will be reached, a period ends, or figures grow old. `Infinity` where nothing is to come. */
  readonly afterMs: number;
}

type Steps = NonNullable<BudgetSpec['steps']>;

const usualSteps: Steps = [{ at: '80%', do: 'warn' }, { at: '100%', do: 'no_new' }, { at: '100%', do: 'stop' }];
/** While something is spent, figures are written anew so often. */
const freshMs = 60_000;

/** What holds of a budget, what is to be done about it, and when that will change at the present rate. Pure. */
export function judgeBudget(spec: BudgetSpec, measured: Measured, before: Pick<BudgetStatus, 'step' | 'since'>): Judgement {
  const { nowMs, windows, spenders } = measured;
  const rate = spenders.reduce((sum, spender) => sum + spender.rate, 0n);
  const steps = spec.steps ?? usualSteps;
  const limits = windows.map((window) => {
    const rungs = steps.map((step) => ({ ...step, nanos: thresholdOf(step.at, window.limit) }));
    // What is reached within the millisecond under way is reached: no look comes in between.
    const isReached = (nanos: bigint): boolean => window.spent >= nanos || (nanos - window.spent) * 3_600_000n < rate;
    return { window, reached: rungs.filter(({ nanos }) => isReached(nanos)), next: rungs.filter(({ nanos }) => !isReached(nanos)) };
  });
  const [nearest] = [...limits].sort((a, b) => furthest(b.reached) - furthest(a.reached) || (share(b.window) > share(a.window) ? 1 : -1));
  const step = budgetDeeds[furthest(nearest!.reached)];
  const since = step === undefined ? undefined : step === before.step && before.since !== undefined ? before.since : timestamp(nowMs);
  const shown = windows.map((window) => limitStatus(window, { rate, nowMs }));
  const { per, limit, spent, projected } = shown[windows.indexOf(nearest!.window)]!;
  const looks = [
    rate > 0n ? freshMs : Infinity,
    ...limits.flatMap(({ window, next }) => [
      ...next.map(({ nanos }) => msUntil(nanos - window.spent, rate)),
      window.untilMs !== undefined && (window.spent > 0n || rate > 0n) ? window.untilMs - nowMs : Infinity,
    ]),
  ];
  return {
    status: {
      status: step ?? 'within', message: spentSentence(spec, shown[windows.indexOf(nearest!.window)]!, formatMoney(rate)),
      ...(step && { step, since }), per, limit, spent, rate: formatMoney(rate), ...(projected !== undefined && { projected }), as_of: timestamp(nowMs), limits: shown,
    },
    endings: spec.soft ? [] : endingsOf(limits.flatMap(({ reached }) => reached), spenders),
    afterMs: Math.max(0, Math.min(...looks)),
  };
}

/** Whether nothing that costs may start: a step other than `warn` holds. */
export function isClosed({ soft }: Pick<BudgetSpec, 'soft'>, { step }: Pick<BudgetStatus, 'step'>): boolean {
  return soft !== true && step !== undefined && step !== 'warn';
}

/** Whether what can be fewer is to be at its fewest. */
export function isAtMinimum(spec: Pick<BudgetSpec, 'soft'>, { step }: Pick<BudgetStatus, 'step'>): boolean {
  return isClosed(spec, { step }) && step !== 'no_new';
}

function endingsOf(reached: Steps, spenders: readonly Spender[]): readonly Ending[] {
  const inOrder = [...spenders].sort((a, b) => a.priority - b.priority || (a.rate === b.rate ? (a.id < b.id ? -1 : 1) : a.rate > b.rate ? -1 : 1));
  return inOrder.flatMap(({ id, priority, canSuspend }): Ending[] => {
    const deeds = reached.filter(({ below = Infinity }) => priority < below).map((step) => step.do);
    if (deeds.includes('stop')) return [{ id, how: 'stop' }];
    return deeds.includes('suspend') ? [{ id, how: canSuspend ? 'suspend' : 'stop' }] : [];
  });
}

function limitStatus({ per, limit, spent, sinceMs, untilMs }: Measured['windows'][number], { rate, nowMs }: { readonly rate: bigint; readonly nowMs: number }): BudgetLimitStatus {
  return {
    per, limit, spent: formatMoney(spent), since: timestamp(sinceMs),
    ...(untilMs !== undefined && { until: timestamp(untilMs), projected: formatMoney(spent + over(rate, untilMs - nowMs)) }),
  };
}

function thresholdOf(at: string, limit: string): bigint {
  if (!at.endsWith('%')) return nanosOf(at);
  const percent = nanosOf(at.slice(0, -1));
  return (nanosOf(limit) * percent + 99_999_999_999n) / 100_000_000_000n;
}

function furthest(reached: readonly { readonly do: BudgetDeed }[]): number {
  return Math.max(-1, ...reached.map((step) => budgetDeeds.indexOf(step.do)));
}

function share({ spent, limit }: Measured['windows'][number]): bigint {
  return (spent * 1_000_000n) / nanosOf(limit);
}
