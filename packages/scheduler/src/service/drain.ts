import { durationMs, type ServiceSpec, type Traffic } from '@neb/core-types';
import { stageOf } from '../crew/stage.ts';
import type { Resource } from '../store.ts';

/** How long gateways may take to hear that a replica gets no more requests: until then some may be on their way. */
export const hearingMs = 1_000;

/** How long a replica may finish what it has, in milliseconds. */
export function drainMsOf({ drain = '30s' }: Pick<ServiceSpec, 'drain'>): number {
  return durationMs(drain);
}

/** Which replicas of a service whose door was closed `sinceMs` ago finish requests, or may have some on their way. Pure. */
export function finishing(containers: readonly Resource<'Container'>[], { traffic, sinceMs, drainMs }: { readonly traffic: Traffic | undefined; readonly sinceMs: number; readonly drainMs: number }): readonly Resource<'Container'>[] {
  if (sinceMs >= drainMs) return [];
  return containers.filter((one) => one.deletedAt === undefined && ((traffic?.inFlight.get(one.id) ?? 0) > 0 || (sinceMs < hearingMs && stageOf(one) === 'ready')));
}
