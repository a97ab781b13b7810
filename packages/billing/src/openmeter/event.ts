import type { UsageFact } from '@neb/core-types';
import type { components } from './openapi.ts';

/** A CloudEvent as OpenMeter takes it. */
export type UsageEvent = components['schemas']['Event'];

/**
 * What a customer used, as an event: of the fact's id, so that sending it again changes nothing, at the moment from which
 * the ledger counts it. `undefined` for what a platform asks (`platform`): that is its operator's cost, and no customer's usage.
 */
export function eventOf(fact: UsageFact, source: string): UsageEvent | undefined {
  if (fact.kind === 'platform') return undefined;
  return { specversion: '1.0', id: fact.id, source, type: fact.metric, subject: fact.owner, time: fact.from, datacontenttype: 'application/json', data: dataOf(fact) };
}

/** The original's keys first, then ours. Numbers are decimal strings: as JSON numbers they would be rounded on the way. */
function dataOf({ object, of, rate, accelerator, ...fact }: UsageFact): Readonly<Record<string, string>> {
  return {
    value: fact.quantity, metric: fact.metric, unit: fact.unit, currency: fact.currency, cost: rate?.price ?? '0', kind: object.kind, service: 'Nebulous',
    ...(object.kind === 'Container' && { container_id: object.id }),
    ...(accelerator !== undefined && { gpu_type: accelerator.replace(/^\d+:/, ''), accelerator }),
    amount: fact.amount, cost_unit: rate?.unit ?? fact.unit,
    namespace: fact.namespace, name: object.name, object_id: object.id,
    ...(of && { of_kind: of.kind, of_name: of.name }),
    ...(fact.platform !== undefined && { platform: fact.platform }),
    ...(fact.region !== undefined && { region: fact.region }),
    from: fact.from, to: fact.to,
  };
}
