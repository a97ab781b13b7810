import type { RouteGauge, Traffic } from '@neb/core-types';
import type { GatewayGauge } from '@neb/gateway';

/** Adds up what a gateway saw of each route until somebody looks at it. */
export interface TrafficSum {
  /** Something new of these routes. */
  add(gauges: readonly GatewayGauge[]): void;
  /** What passed since the last look; `undefined` for a route of which the gateway told nothing yet. */
  take(id: string): Traffic | undefined;
  forget(id: string): void;
  /** Nothing is known any more. */
  clear(): void;
}

/** As many as one gauge has at most. */
const mostLatencies = 1_000;

export function trafficSum(): TrafficSum {
  const sums = new Map<string, GatewayGauge>();
  return {
    add(gauges) {
      for (const gauge of gauges) {
        if (gauge.isGone && gauge.inFlight === 0) sums.delete(gauge.id);
        else sums.set(gauge.id, sumOf(sums.get(gauge.id), gauge));
      }
    },
    take(id) {
      const sum = sums.get(id);
      if (!sum) return undefined;
      sums.set(id, { ...sum, answered: 0, failed: 0, latenciesMs: [] });
      const { inFlightEach, isGone: _, ...gauge } = sum;
      return { gauge: gauge satisfies RouteGauge, inFlight: new Map(Object.entries(inFlightEach)) };
    },
    forget: (id) => void sums.delete(id),
    clear: () => sums.clear(),
  };
}

function sumOf(before: GatewayGauge | undefined, gauge: GatewayGauge): GatewayGauge {
  if (!before) return gauge;
  return {
    ...gauge,
    answered: before.answered + gauge.answered,
    failed: before.failed + gauge.failed,
    latenciesMs: [...before.latenciesMs, ...gauge.latenciesMs].slice(-mostLatencies),
  };
}
