import type { RouteGauge } from '@neb/core-types';

/** What a gateway saw of a route, with how many requests each replica works on now, by its id. */
export interface GatewayGauge extends RouteGauge {
  readonly inFlightEach: Readonly<Record<string, number>>;
  /** The route is gone, and this is what it had in flight then. */
  readonly isGone?: true;
}

/** Counts answers between two gauges. */
export interface Tally {
  /** An answer began; `tookMs` where a replica gave it. */
  answered(status: number, tookMs?: number): void;
  /** What there was since the last time. */
  take(): Pick<RouteGauge, 'answered' | 'failed' | 'latenciesMs'>;
}

export const mostLatencies = 1_000;

export function tally(random: () => number): Tally {
  let answered = 0;
  let failed = 0;
  let seen = 0;
  let latenciesMs: number[] = [];
  return {
    answered(status, tookMs) {
      answered += 1;
      if (status >= 500) failed += 1;
      if (tookMs === undefined) return;
      seen += 1;
      // Each that came has the same chance to be among those that are kept.
      if (latenciesMs.length < mostLatencies) latenciesMs.push(tookMs);
      else {
        const place = Math.floor(random() * seen);
        if (place < mostLatencies) latenciesMs[place] = tookMs;
      }
    },
    take() {
      const taken = { answered, failed, latenciesMs };
      answered = failed = seen = 0;
      latenciesMs = [];
      return taken;
    },
  };
}
