import { type BudgetSpec, platformCurrency, type SeenRun } from '@neb/core-types';
import { linesOf, type RunLine, type RunState } from '../derive/run-state.ts';
import { amountOver } from '../price/amount.ts';
import { hourlyPrice } from '../price/per-hour.ts';
import { nanosOf } from './nanos.ts';

/** What is counted, in which currency. */
export interface Counted {
  readonly counts: 'cost' | 'price';
  readonly currency: string;
}

export function countedBy({ counts = 'cost', currency = platformCurrency }: Pick<BudgetSpec, 'counts' | 'currency'>): Counted {
  return { counts, currency };
}

/** What a run adds, beyond what is in the ledger. */
export interface Accrual {
  /** From a moment until now, in billionths; less than nothing where the ledger holds too much. */
  since(ms: number): bigint;
  /** Billionths an hour from now on. */
  readonly rate: bigint;
}

type Line = RunLine & { readonly endMs?: number };

/** What a run adds by what was last seen of it; by what the ledger knows alone where it was not seen since. Pure. */
export function accrualOf(state: RunState, seen: SeenRun | undefined, { counts, currency, nowMs }: Counted & { readonly nowMs: number }): Accrual {
  const name = counts === 'cost' ? 'platform' : 'runtime';
  const isNews = seen !== undefined && !state.over && seen.version >= state.version;
  const all: readonly Line[] = isNews ? linesOf(seen, state) : state.over ? [] : state.lines;
  const lines = all.filter((line) => line.name.split('/')[0] === name && line.currency === currency && line.rate !== undefined);
  const endedMs = isNews && seen.endedAt !== undefined ? Date.parse(seen.endedAt) : undefined;
  const goesOn = (line: Line): boolean => line.open && endedMs === undefined;
  return {
    rate: lines.filter(goesOn).reduce((sum, line) => sum + nanosOf(hourlyPrice(line.rate!)), 0n),
    since: (ms) => lines.reduce((sum, line) => sum + between(line, { fromMs: ms, toMs: endOf(line) }), 0n),
  };

  function endOf(line: Line): number {
    return Math.max(line.fromMs, goesOn(line) ? nowMs : Math.min(line.endMs ?? (line.open ? Infinity : line.untilMs), endedMs ?? Infinity));
  }
}

/** What of a line lies after both what is in the ledger and `fromMs`, until `toMs`; taken back where it ends before what is. */
function between({ rate, untilMs, fromMs: begunMs }: Line, { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): bigint {
  const [start, end] = toMs < untilMs ? [Math.max(untilMs, fromMs), Math.max(toMs, fromMs)] : [Math.max(untilMs, fromMs), Math.max(toMs, untilMs, fromMs)];
  return start === end ? 0n : nanosOf(amountOver(rate!, { fromMs: start - begunMs, toMs: end - begunMs }, 'up').amount);
}
