import { type BudgetPeriod, budgetPeriods, type BudgetSpec } from '@neb/core-types';

/** One limit of a budget in its present period; times in milliseconds since the epoch. */
export interface Window {
  readonly per: BudgetPeriod;
  /** A decimal string. */
  readonly limit: string;
  readonly sinceMs: number;
  /** Absent where it has no end. */
  readonly untilMs?: number | undefined;
}

const hourMs = 3_600_000;
const dayMs = 86_400_000;

/** The periods (UTC) that a budget's limits are in. All begin with a full hour, as what the ledger holds is cut at full hours. Pure. */
export function windowsOf({ limits }: Pick<BudgetSpec, 'limits'>, { madeMs, nowMs }: { readonly madeMs: number; readonly nowMs: number }): readonly Window[] {
  return budgetPeriods.flatMap((per): Window[] => {
    const limit = limits[per];
    return limit === undefined ? [] : [{ per, limit, ...periodOf(per, { madeMs, nowMs }) }];
  });
}

function periodOf(per: BudgetPeriod, { madeMs, nowMs }: { readonly madeMs: number; readonly nowMs: number }): Pick<Window, 'sinceMs' | 'untilMs'> {
  const now = new Date(nowMs);
  switch (per) {
    case 'hour': return lasting(Math.floor(nowMs / hourMs) * hourMs, hourMs);
    case 'day': return lasting(Math.floor(nowMs / dayMs) * dayMs, dayMs);
    case 'month': return { sinceMs: Date.UTC(now.getUTCFullYear(), now.getUTCMonth()), untilMs: Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1) };
    case 'total': return { sinceMs: Math.floor(madeMs / hourMs) * hourMs };
  }
}

function lasting(sinceMs: number, ms: number): Pick<Window, 'sinceMs' | 'untilMs'> {
  return { sinceMs, untilMs: sinceMs + ms };
}
