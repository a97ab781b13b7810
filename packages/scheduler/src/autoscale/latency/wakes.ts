import type { RouteGauge } from '@neb/core-types';
import type { LatencyState } from './watch-traffic.ts';

/** Whether a gateway's gauge is reason to decide at once, without waiting for the next look: somebody waits, and nobody is there or was asked for. Pure. */
export function wakes(state: Pick<LatencyState, 'desired'> | undefined, gauge: Pick<RouteGauge, 'waiting' | 'inFlight'>): boolean {
  return (state === undefined || state.desired === 0) && gauge.waiting + gauge.inFlight > 0;
}
