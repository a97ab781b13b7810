import type { Meter } from './container-parts.ts';
import type { Problem } from './problems.ts';

/** The currency in which platforms name their prices. */
export const platformCurrency = 'USD';

/** What can be counted of messages. */
export const messageMetrics: readonly string[] = ['requests', 'messages'];

interface Metered {
  readonly kind: string;
  readonly meters?: readonly Meter[] | undefined;
  /** Of a snapshot it is a name. */
  readonly container?: string | { readonly meters?: readonly Meter[] | undefined } | undefined;
}

/**
 * Meters that can never ask what they say, in words for their author. Not part of the schema: what is stored was accepted
 * once, and is shown all the same. Pure.
 */
export function meterProblems({ kind, meters = [], container }: Metered): readonly Problem[] {
  return [
    ...meters.flatMap((meter, nth) => [...priceProblems(meter, ['meters', nth]), ...(kind === 'Processor' ? metricProblems(meter, ['meters', nth]) : [])]),
    ...((typeof container === 'object' ? container.meters : undefined) ?? []).flatMap((meter, nth) => priceProblems(meter, ['container', 'meters', nth])),
  ];
}

function priceProblems({ costp, currency }: Meter, path: Problem['path']): readonly Problem[] {
  if (costp === undefined || currency === platformCurrency) return [];
  return [{ path: [...path, 'currency'], message: `costp is percent on top of what the platform asks, which is in ${platformCurrency}, and ${currency} is another currency: write ${platformCurrency}, or a cost instead of costp` }];
}

function metricProblems({ metric }: Meter, path: Problem['path']): readonly Problem[] {
  if (metric === 'runtime' || messageMetrics.includes(metric)) return [];
  return [{ path: [...path, 'metric'], message: `${metric} is not counted of messages: write requests, which counts each message that was handled, or runtime, which is the time of its workers` }];
}
