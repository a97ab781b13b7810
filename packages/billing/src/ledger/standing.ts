import type { RunLine } from '../derive/run-state.ts';
import { decimal, formatDecimal, plus } from '../money/decimal.ts';
import { amountOver, totalAfter } from '../price/amount.ts';

/** Where things stand in one currency; decimal strings. */
export interface Standing {
  readonly currency: string;
  /** Of what goes on now; what is counted, such as requests, is not in it. */
  readonly per_hour: string;
  /** Until now, with what is not in the ledger yet. */
  readonly spent: string;
  /** What `spent` will be if all goes on as it does now. */
  readonly projected: string;
}

/** What an object came to so far, and what it is on its way to. */
export interface Spending {
  readonly id: string;
  /** How many runs of it go on. */
  readonly runs: number;
  /** How long it was had from platforms, in seconds: of all its replicas together. */
  readonly seconds: string;
  /** What its owner is asked; empty where no meter asked anything. */
  readonly asked: readonly Standing[];
  /** What platforms ask. */
  readonly platform: readonly Standing[];
  /** Why something that goes on has no price, each reason once. */
  readonly problems: readonly string[];
}

export interface SpendingParts {
  /** What is in the ledger. */
  readonly written: readonly { readonly currency: string; readonly platform: boolean; readonly money: string; readonly seconds: string }[];
  /** What goes on. */
  readonly open: readonly RunLine[];
}

const hourMs = 3_600_000;

/** What is in the ledger and what goes on, added up: the part of an open line that the ledger lacks is counted up to now. Pure. */
export function spendingOf(id: string, { written, open }: SpendingParts, { nowMs, untilMs }: { readonly nowMs: number; readonly untilMs: number }): Spending {
  const sums = { asked: new Map<string, Standing>(), platform: new Map<string, Standing>() };
  let seconds = decimal('0');
  const add = (platform: boolean, { currency, per_hour, spent, projected }: Standing): void => {
    const into = sums[platform ? 'platform' : 'asked'];
    const before = into.get(currency) ?? { currency, per_hour: '0', spent: '0', projected: '0' };
    into.set(currency, { currency, per_hour: both(before.per_hour, per_hour), spent: both(before.spent, spent), projected: both(before.projected, projected) });
  };
  for (const { currency, platform, money, seconds: took } of written) {
    add(platform, { currency, per_hour: '0', spent: money, projected: money });
    seconds = plus(seconds, decimal(took));
  }
  for (const line of open) {
    const { name, rate, fromMs, untilMs: writtenMs } = line;
    const platform = name === 'platform';
    const until = Math.max(writtenMs, nowMs);
    if (platform) seconds = plus(seconds, { digits: BigInt(until - writtenMs), places: 3 });
    if (!rate) continue;
    const rounded = platform ? 'up' : 'down';
    const between = (toMs: number): string => amountOver(rate, { fromMs: writtenMs - fromMs, toMs: toMs - fromMs }, rounded).amount;
    add(platform, { currency: rate.currency, per_hour: totalAfter(rate, hourMs, rounded).amount, spent: between(until), projected: between(Math.max(until, untilMs)) });
  }
  const problems = [...new Set(open.flatMap(({ problem }) => problem ?? []))];
  return { id, runs: open.filter(({ name }) => name === 'platform').length, seconds: formatDecimal(seconds), asked: inOrder(sums.asked), platform: inOrder(sums.platform), problems };
}

function inOrder(sums: ReadonlyMap<string, Standing>): readonly Standing[] {
  return [...sums.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1));
}

function both(a: string, b: string): string {
  return formatDecimal(plus(decimal(a), decimal(b)));
}
