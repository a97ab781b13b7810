import { type Meter, platformCurrency, type SeenStream, type UsageFact } from '@neb/core-types';
import { amountOf } from '../price/amount.ts';
import { rateOf } from '../price/rate.ts';

/** What the messages of a processor are in the ledger for so far. */
export interface StreamState {
  readonly epoch: string;
  /** The most that was ever counted in this epoch. */
  readonly handled: number;
  /** What the next ones are asked for, unless the meters were changed before they came. */
  readonly meters: readonly Meter[];
}

/** What a sight of a stream adds to the ledger. */
export interface DerivedStream {
  readonly facts: readonly UsageFact[];
  /** `undefined` where there is nothing to remember. */
  readonly state: StreamState | undefined;
}

/**
 * A fact for each meter, of as many messages as were handled since the last one; its id is the count from which it goes on,
 * so that it is the same fact whoever derives it. A count that fell, since Redis lost its last writes, is waited for until
 * it is where it was: what is done again is not billed again. Pure.
 */
export function deriveStream(seen: SeenStream, before: StreamState | undefined): DerivedStream {
  const { at, tally: { epoch, handled }, meters, unchanged, owner, namespace, object, labels } = seen;
  if (!before && meters.length === 0) return { facts: [], state: undefined };
  const from = before?.epoch === epoch ? before.handled : before || unchanged ? 0 : handled;
  const grown = handled - from;
  const state: StreamState = { epoch, handled: Math.max(from, handled), meters };
  if (grown <= 0) return { facts: [], state };
  const facts = (before?.meters ?? meters).map((meter, nth): UsageFact => {
    const { metric, unit, currency = platformCurrency } = meter;
    const rated = rateOf(meter);
    const quantity = String(grown);
    return {
      id: `stream/${object.id}/${epoch}/${from}/${nth}`, kind: 'stream', from: at, to: at, owner, namespace, object, labels, metric, quantity, unit,
      ...('rate' in rated && { rate: { price: rated.rate.price, unit: rated.rate.unit } }), currency,
      amount: 'rate' in rated ? amountOf(rated.rate, quantity).amount : '0', cost: '0', ...('problem' in rated && { problem: rated.problem }),
    };
  });
  return { facts, state };
}
