import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { components } from './openapi.ts';

/** A meter to make: it counts every event of one type, those that came before it too. */
export type WantedMeter = Readonly<Required<Pick<components['schemas']['MeterCreate'], 'slug' | 'name' | 'description' | 'aggregation' | 'eventType' | 'valueProperty' | 'groupBy'>>>;

/** What is read of a meter that is there. */
export const meter = z.object({ slug: z.string(), aggregation: z.string(), eventType: z.string(), valueProperty: z.string().optional(), groupBy: z.record(z.string(), z.string()).optional() });
export type Meter = z.infer<typeof meter>;

/** A field of a meter that is not as it should be, and that OpenMeter does not change once the meter is there. */
export interface MeterDifference {
  readonly field: 'aggregation' | 'eventType' | 'valueProperty' | 'groupBy';
  readonly wanted: string;
  readonly is: string;
}

const told = {
  namespace: '$.namespace', kind: '$.kind', name: '$.name', object_id: '$.object_id', container_id: '$.container_id',
  of_kind: '$.of_kind', of_name: '$.of_name', platform: '$.platform', region: '$.region', gpu_type: '$.gpu_type',
} as const;

/**
 * What is counted of a metric: how much of it, told apart by unit, and what it costs, told apart by currency. An OpenMeter
 * meter counts the events of one type, so each metric has its own two.
 */
export function metersOf(metric: string): readonly [value: WantedMeter, amount: WantedMeter] {
  const common = { aggregation: 'SUM', eventType: metric } as const;
  return [
    { ...common, slug: slugOf('neb_value', metric), name: `neb: ${metric}`.slice(0, 256), description: 'How much was used. Group by unit: units do not add up.', valueProperty: '$.value', groupBy: { unit: '$.unit', ...told } },
    { ...common, slug: slugOf('neb_amount', metric), name: `neb: what ${metric} costs`.slice(0, 256), description: 'What it costs its owner. Group by currency: currencies do not add up.', valueProperty: '$.amount', groupBy: { currency: '$.currency', unit: '$.unit', ...told } },
  ];
}

/** What differs in a meter that is there, of what cannot be changed or would count something else. Groups of its own do no harm. */
export function differencesOf(wanted: WantedMeter, is: Meter): readonly MeterDifference[] {
  const fields = (['aggregation', 'eventType', 'valueProperty'] as const)
    .filter((field) => is[field] !== wanted[field])
    .map((field) => ({ field, wanted: wanted[field], is: is[field] ?? 'none' }));
  const groups = Object.entries(wanted.groupBy)
    .filter(([key, path]) => is.groupBy?.[key] !== path)
    .map(([key, path]) => ({ field: 'groupBy' as const, wanted: `${key}=${path}`, is: `${key}=${is.groupBy?.[key] ?? 'none'}` }));
  return [...fields, ...groups];
}

const longestSlug = 64;

/** As OpenMeter allows it. Where the metric's name had to be changed for that, a hash of it keeps two metrics two. */
function slugOf(prefix: string, metric: string): string {
  const words = metric.toLowerCase().split(/[^a-z0-9]+/).filter((word) => word !== '').join('_');
  const plain = `${prefix}_${words}`;
  if (words === metric && plain.length <= longestSlug) return plain;
  const hash = createHash('sha256').update(metric).digest('hex').slice(0, 8);
  return `${plain.slice(0, longestSlug - hash.length - 1).replace(/_$/, '')}_${hash}`;
}
