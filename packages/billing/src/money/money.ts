import { NebError } from '@neb/core-types';
import { decimal, formatDecimal, plus } from './decimal.ts';

/** An amount of one currency, exactly: a decimal string without trailing zeros. Two currencies are two types where they are known, and never add up. */
export interface Money<C extends string = string> {
  readonly currency: C;
  readonly amount: string;
}

/** All together. Throws `invalid` where another currency is among them: what is worth what is nothing that a ledger can know. */
export function sumOf<C extends string>(first: Money<C>, ...rest: readonly Money<NoInfer<C>>[]): Money<C> {
  const other = rest.find(({ currency }) => currency !== first.currency);
  if (other) throw new NebError('invalid', `${first.currency} and ${other.currency} cannot be added`, { hint: 'Add up each currency by itself.' });
  return { currency: first.currency, amount: formatDecimal(rest.reduce((sum, { amount }) => plus(sum, decimal(amount)), decimal(first.amount))) };
}

/** One sum for each currency, in the order of their names. */
export function sumsOf(amounts: Iterable<Money>): readonly Money[] {
  const sums = new Map<string, Money>();
  for (const money of amounts) {
    const sum = sums.get(money.currency);
    sums.set(money.currency, sum ? sumOf(sum, money) : { currency: money.currency, amount: formatDecimal(decimal(money.amount)) });
  }
  return [...sums.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1));
}
