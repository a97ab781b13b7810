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
  readonly container?: string | { readonly meters?: readonly Meter[] | undefined; readonly proxy_port?: number | undefined } | undefined;
}

/**
 * Meters that can never ask what they say, in words for their author. Not part of the schema: what is stored was accepted
 * once, and is shown all the same. Pure.
 */
export function meterProblems({ kind, meters = [], container }: Metered): readonly Problem[] {
  const inside = typeof container === 'object' ? container : undefined;
  const isWorker = kind === 'Processor' && inside?.proxy_port === undefined;
  return [
    ...meters.flatMap((meter, nth) => [...priceProblems(meter, ['meters', nth]), ...(kind === 'Processor' ? metricProblems(meter, ['meters', nth]) : [])]),
    ...(inside?.meters ?? []).flatMap((meter, nth) => [...priceProblems(meter, ['container', 'meters', nth]), ...(isWorker ? workerProblems(meter, ['container', 'meters', nth]) : [])]),
  ];
}

function priceProblems({ costp, currency }: Meter, path: Problem['path']): readonly Problem[] {
  if (costp === undefined || currency === platformCurrency) return [];
  return [{ path: [...path, 'currency'], message: `costp is percent on top of what the platform asks, which is in ${platformCurrency}, and ${currency} is another currency: write ${platformCurrency}, or a cost instead of costp` }];
}

function metricProblems({ metric }: Meter, path: Problem['path']): readonly Problem[] {
  if (metric === 'runtime' || messageMetrics.includes(metric)) return [];
  const why = reasons[metric];
  return [{ path: [...path, 'metric'], message: `${metric} is not counted of messages${why === undefined ? '' : `, since ${why}`}: write requests, which counts each message that was handled, or runtime, which is the time of its workers` }];
}

const reasons: Readonly<Record<string, string | undefined>> = {
  request_value: 'neb looks into none to bill it',
  response_value: 'workers answer past neb, and what is asked for them is not for them to say',
};

/** A worker without a port of its own is reached by nobody, so that nothing could be counted of it but its time. */
function workerProblems({ metric }: Meter, path: Problem['path']): readonly Problem[] {
  if (metric === 'runtime') return [];
  const instead = messageMetrics.includes(metric) ? 'write it among the meters of the processor' : 'write requests among the meters of the processor, which counts each message that was handled, or runtime here, which is the time of a worker';
  return [{ path: [...path, 'metric'], message: `${metric} is counted at the door of a container with a proxy_port, and this one has none: ${instead}` }];
}
