import { platformCurrency, type RouteFact, type UsageFact, type UsageObject } from '@neb/core-types';
import { amountOf } from '../price/amount.ts';
import { type Rated, rateOf } from '../price/rate.ts';

/** What a gateway counted, as a fact of the ledger, priced as its meter stood when it was counted. Pure. */
export function doorFact(counted: RouteFact, object: UsageObject | undefined): UsageFact {
  const { key, at, route, kind, namespace, owner, caller, unit, value, asks } = counted;
  const { metric = 'unknown', currency = platformCurrency, cost, costp } = asks ?? {};
  const rated: Rated = asks ? rateOf({ cost, costp, currency, unit }) : { problem: 'the gateway did not say what its meter asks' };
  const [rate, problem] = 'rate' in rated ? [rated.rate, counted.problem] : [undefined, counted.problem ?? rated.problem];
  return {
    id: `gateway/${key}`, kind: 'gateway', from: at, to: at, owner, namespace, object: { kind, id: route, name: object?.name ?? route },
    ...(object?.of && { of: object.of }), labels: object?.labels ?? {}, ...(caller !== undefined && { caller }),
    metric, quantity: value, unit, ...(rate && { rate: { price: rate.price, unit: rate.unit } }), currency,
    amount: rate ? amountOf(rate, value).amount : '0', cost: '0', ...(problem !== undefined && { problem }),
  };
}
