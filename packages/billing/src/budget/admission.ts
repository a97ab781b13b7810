import { type BudgetSpec, type BudgetStatus, durationMs } from '@neb/core-types';
import { isClosed } from './judge.ts';
import { nanosOf, over } from './nanos.ts';
import type { Window } from './windows.ts';

const usualHorizon = '10m';
/** More than anything costs. */
const boundless = Number.MAX_SAFE_INTEGER;

/**
 * How many billionths an hour all that lives in a budget's scope may cost together, for what starts to be paid for until
 * the horizon, or until the period ends if that is sooner. 0 where nothing that costs may start. Pure.
 */
export function affordable(spec: BudgetSpec, status: Pick<BudgetStatus, 'step' | 'rate' | 'as_of' | 'limits'>, { windows, nowMs }: { readonly windows: readonly Window[]; readonly nowMs: number }): number {
  if (spec.soft) return boundless;
  const horizonMs = Math.max(1, durationMs(spec.horizon ?? usualHorizon));
  const rate = nanosOf(status.rate ?? '0');
  const lookedMs = status.as_of === undefined ? nowMs : Date.parse(status.as_of);
  const known = new Map((status.limits ?? []).map((limit) => [limit.per, limit]));
  // A step that only the period before had reached holds no longer.
  const isPast = (status.limits ?? []).some(({ until }) => until !== undefined && Date.parse(until) <= nowMs);
  if (!isPast && isClosed(spec, status)) return 0;
  return Math.min(boundless, ...windows.map(({ per, limit, sinceMs, untilMs }) => {
    const before = known.get(per);
    const isSame = before !== undefined && Date.parse(before.since) === sinceMs;
    const spent = (isSame ? nanosOf(before.spent) : 0n) + over(rate, nowMs - Math.max(lookedMs, sinceMs));
    const left = nanosOf(limit) - spent;
    if (left <= 0n) return 0;
    const ms = BigInt(Math.max(1, Math.min(horizonMs, (untilMs ?? Infinity) - nowMs)));
    const most = (left * 3_600_000n) / ms;
    return most > BigInt(boundless) ? boundless : Number(most);
  }));
}
