import type { Traffic, TrafficPlane } from '@neb/core-types';

/** The gateways in front of services, with what passed within namespaces too. */
export function withInside(plane: TrafficPlane, inside: { look(id: string): Traffic | undefined }): TrafficPlane {
  return {
    missing: () => plane.missing(),
    open: (...call) => plane.open(...call),
    close: (...call) => plane.close(...call),
    look(id) {
      const [outer, inner] = [plane.look(id), inside.look(id)];
      return outer && inner ? both(outer, inner) : outer;
    },
  };
}

function both(a: Traffic, b: Traffic): Traffic {
  const inFlight = new Map(a.inFlight);
  for (const [replica, count] of b.inFlight) inFlight.set(replica, (inFlight.get(replica) ?? 0) + count);
  return {
    inFlight,
    gauge: {
      id: a.gauge.id,
      inFlight: a.gauge.inFlight + b.gauge.inFlight, waiting: a.gauge.waiting + b.gauge.waiting,
      answered: a.gauge.answered + b.gauge.answered, failed: a.gauge.failed + b.gauge.failed,
      latenciesMs: [...a.gauge.latenciesMs, ...b.gauge.latenciesMs],
    },
  };
}
