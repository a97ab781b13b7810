import { addMoney, type Attempt, type AttemptTerm, compareMoney, costOf, timestamp } from '@neb/core-types';
import { patchedAttempt } from './verdict.ts';

/** What an attempt costs from a moment on. */
export interface Terms {
  readonly price: string;
  readonly paused?: boolean | undefined;
  /** In milliseconds since the epoch. */
  readonly atMs: number;
}

/** So that a container that is suspended and resumed for years stays small. */
const most = 100;

/**
 * The attempt at a price from a moment on, with what it cost until then kept: who reads it late finds what it came to.
 * Before it is known to run, the price is what it costs from the beginning. With the terms that it has already, as it was.
 */
export function repriced(attempt: Attempt, { price, paused = false, atMs }: Terms): Attempt {
  const { price_per_hour: before, paused: rested = false, terms = [] } = attempt;
  if (price === before && paused === rested) return attempt;
  const next = { price_per_hour: price, paused: paused || undefined };
  if (attempt.started_at === undefined) return patchedAttempt(attempt, next);
  const until = timestamp(Math.max(atMs, Date.parse(terms.at(-1)?.until ?? attempt.started_at)));
  return patchedAttempt(attempt, { ...next, terms: bounded([...terms, { until, price_per_hour: before, ...(rested && { paused: true }) }]) });
}

/** What it cost when it last ran. */
export function runningPrice({ price_per_hour: price, paused, terms = [] }: Attempt): string {
  return paused ? (terms.findLast((term) => !term.paused)?.price_per_hour ?? price) : price;
}

/** What it cost from its intent until `nowMs`. */
export function costOfTerms({ intended_at: from, price_per_hour: price, terms = [] }: Attempt, nowMs: number): string {
  let sinceMs = Date.parse(from);
  let sum = '0';
  for (const { until, price_per_hour } of [...terms, { until: timestamp(nowMs), price_per_hour: price }]) {
    const toMs = Math.min(nowMs, Date.parse(until));
    sum = addMoney(sum, costOf(price_per_hour, toMs - sinceMs));
    sinceMs = Math.max(sinceMs, toMs);
  }
  return sum;
}

/** Whoever is so late as to have read none of the oldest two takes them for one that costs the dearer price, and asks nothing of its owner where either rested: a margin is never flattered. */
function bounded(terms: readonly AttemptTerm[]): AttemptTerm[] {
  const [first, second, ...rest] = terms;
  if (terms.length <= most || !first || !second) return [...terms];
  const dearer = compareMoney(first.price_per_hour, second.price_per_hour) > 0 ? first : second;
  return [{ until: second.until, price_per_hour: dearer.price_per_hour, ...((first.paused || second.paused) && { paused: true }) }, ...rest];
}
