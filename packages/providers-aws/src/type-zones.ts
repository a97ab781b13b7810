import type { Clock } from '@neb/core-types';
import { type Calls, filter } from './calls.ts';
import { kept } from './kept.ts';

/** Which zones have which types at all, whether one is free or not. */
export interface TypeZones {
  of(region: string, type: string): Promise<readonly string[]>;
  /** Of every type that is in the region. */
  all(region: string): Promise<ReadonlyMap<string, readonly string[]>>;
}

const keepMs = 3_600_000;
const atOnce = 100;

/** Asks for the types that are named, once an hour. */
export function typeZones({ callsIn, types, clock }: { callsIn(region: string): Calls; readonly types: readonly string[]; readonly clock: Clock }): TypeZones {
  const found = kept<ReadonlyMap<string, readonly string[]>>(clock, keepMs);

  async function ask(region: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const zones = new Map<string, string[]>();
    for (let at = 0; at < types.length; at += atOnce) {
      const offerings = await callsIn(region).typeOfferings({ LocationType: 'availability-zone', Filters: [filter('instance-type', ...types.slice(at, at + atOnce))] }, undefined);
      for (const { InstanceType = '', Location = '' } of offerings) zones.set(InstanceType, [...(zones.get(InstanceType) ?? []), Location].sort());
    }
    return zones;
  }

  const all: TypeZones['all'] = (region) => found.get(region, () => ask(region));
  return { all, of: async (region, type) => (await all(region)).get(type) ?? [] };
}
