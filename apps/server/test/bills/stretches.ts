import { type Attempt, compareMoney } from '@neb/core-types';

/** A part of an attempt at one price, as it was written down; times in milliseconds since the epoch. */
export interface Part {
  readonly fromMs: number;
  readonly toMs: number;
  readonly price: string;
  readonly paused: boolean;
}

/** What an attempt says of itself between two moments, piece by piece. */
function partsOf({ terms = [], price_per_hour, paused = false }: Attempt, from: string | undefined, to: string | undefined): readonly Part[] {
  if (from === undefined || to === undefined) return [];
  const [beginMs, endMs] = [Date.parse(from), Date.parse(to)];
  const all = [...terms.map((term) => ({ untilMs: Date.parse(term.until), price: term.price_per_hour, paused: term.paused ?? false })), { untilMs: Infinity, price: price_per_hour, paused }];
  return all.flatMap(({ untilMs, price, paused: rests }, nth): Part[] => {
    const [fromMs, toMs] = [Math.max(beginMs, all[nth - 1]?.untilMs ?? -Infinity), Math.min(endMs, untilMs)];
    return fromMs < toMs ? [{ fromMs, toMs, price, paused: rests }] : [];
  });
}

/** While its platform asked, each at one price; with the time for which it asked nothing. */
export function costParts(attempt: Attempt): readonly Part[] {
  return joined(partsOf(attempt, attempt.billed_from, attempt.billed_until), (part) => part.price);
}

/** While it ran. */
export function workParts(attempt: Attempt): readonly Part[] {
  return joined(partsOf(attempt, attempt.started_at, attempt.ended_at).filter(({ paused }) => !paused), (part) => part.price);
}

/** Those that cost something. */
export function costly(parts: readonly Part[]): readonly Part[] {
  return parts.filter(({ price }) => compareMoney(price, '0') > 0);
}

/** Parts that follow each other and are alike are one. */
function joined(parts: readonly Part[], likeness: (part: Part) => string): readonly Part[] {
  return parts.reduce<readonly Part[]>((all, next) => {
    const last = all.at(-1);
    return last && last.toMs === next.fromMs && likeness(last) === likeness(next) ? [...all.slice(0, -1), { ...last, toMs: next.toMs }] : [...all, next];
  }, []);
}
