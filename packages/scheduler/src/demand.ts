import { parseAccelerator, parseMoney, type Quota, quotaFields, type Usage } from '@neb/core-types';
import { isUnjudged, overSince } from './resource-facts.ts';
import type { Resource } from './store.ts';

/** What one live container takes of a quota. */
export interface Demand extends Omit<Usage, 'volumes' | 'containers'> {
  readonly containers: 1;
  /** Their names: several containers of a namespace may use one. */
  readonly volumes: readonly string[];
  /** What it may take of budgets: billionths an hour, by what they count. */
  readonly spend?: Spend | undefined;
}

/** Billionths an hour, by what budgets count: `cost/USD`. */
export type Spend = Readonly<Record<string, number>>;

/** What is taken of a quota by `resource`; nothing by one that has ended and is not run again, and by what is no container. */
export function demandOf(resource: Resource): Demand | undefined {
  if (!isContainer(resource) || resource.goneAt !== undefined) return undefined;
  if (overSince(resource) !== undefined && !isUnjudged(resource)) return undefined;
  const { accelerators = [], resources, volumes = [] } = resource.spec;
  return {
    containers: 1,
    accelerators: isAside(resource) ? 0 : Math.max(0, ...accelerators.map((text) => parseAccelerator(text)?.count ?? 0)),
    cpu: resources?.min_cpu ?? 0,
    memory: resources?.min_memory ?? 0,
    volumes: [...new Set(volumes.flatMap(({ name }) => name ?? []))],
    ...spendOf(resource),
  };
}

/** Whether it is suspended and stays so: then it holds no accelerator. One on its way to another place, or asked to go on, is about to. */
function isAside({ status: { status, suspended, move, asked } }: Resource<'Container'>): boolean {
  return status === 'paused' && suspended !== undefined && !move && asked?.do !== 'resume';
}

/** What was set aside for it; of one that no budget knew of, the price at which it runs. */
function spendOf({ status: { reserved, attempt } }: Resource<'Container'>): Pick<Demand, 'spend'> {
  const running = attempt && attempt.ended_at === undefined ? { 'cost/USD': attempt.price_per_hour } : {};
  const spend = Object.entries({ ...running, ...reserved }).flatMap(([key, text]) => {
    const nanos = Number(parseMoney(text) ?? 0n);
    return nanos > 0 ? [[key, nanos] as const] : [];
  });
  return spend.length > 0 ? { spend: Object.fromEntries(spend) } : {};
}

/** What all of these may take of budgets that count `key`. */
export function spendIn(resources: readonly Resource[], key: string): number {
  return resources.reduce((sum, resource) => sum + (demandOf(resource)?.spend?.[key] ?? 0), 0);
}

const isContainer = (resource: Resource): resource is Resource<'Container'> => resource.kind === 'Container';

/** What is taken by all of these. */
export function usageOf(resources: readonly Resource[]): Usage {
  const demands = resources.flatMap((resource) => {
    const demand = demandOf(resource);
    return demand ? [{ ...demand, volumes: demand.volumes.map((name) => `${resource.namespace}/${name}`) }] : [];
  });
  const sum = (field: 'containers' | 'accelerators' | 'cpu' | 'memory'): number => demands.reduce((total, demand) => total + demand[field], 0);
  return { containers: sum('containers'), accelerators: sum('accelerators'), cpu: sum('cpu'), memory: sum('memory'), volumes: new Set(demands.flatMap(({ volumes }) => volumes)).size };
}

/** The first field of `quota` that `usage` goes beyond. */
export function beyondQuota(usage: Usage, quota: Quota): (typeof quotaFields)[number] | undefined {
  return quotaFields.find((field) => usage[field] > (quota[field] ?? Infinity));
}
