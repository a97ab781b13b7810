import { NebError, type TrafficPlane } from '@neb/core-types';

/** Gateways in memory, at which the test has requests come and go. */
export interface MemoryTraffic extends TrafficPlane {
  /** Requests that wait for a replica. */
  wait(id: string, count: number): void;
  /** Requests that a replica works on from now on. */
  hold(container: string, count: number): void;
  /** Requests that were answered since the last look. */
  answer(id: string, count: number, latencyMs?: number): void;
  readonly closed: string[];
  /** How often anybody looked. */
  looks: number;
  /** Whether anybody tells what passes. */
  isSilent: boolean;
  /** Whether doors can be had. */
  isAway: boolean;
}

export function memoryTraffic(): MemoryTraffic {
  const doors = new Map<string, number>();
  const waiting = new Map<string, number>();
  const answered = new Map<string, { count: number; latencyMs: number }>();
  const inFlight = new Map<string, number>();

  const plane: MemoryTraffic = {
    closed: [],
    looks: 0,
    isSilent: false,
    isAway: false,
    missing: () => undefined,
    async open({ id, namespace, name }) {
      if (plane.isAway) throw new NebError('unavailable', 'the gateway is away');
      const port = doors.get(id) ?? 7_000 + doors.size;
      doors.set(id, port);
      return { address: `10.0.0.1:${port}`, url: `http://${name}.${namespace}.localhost`, hosts: [`${name}.${namespace}.localhost`, `service-${id}`] };
    },
    async close({ id }) {
      doors.delete(id);
      plane.closed.push(id);
    },
    look(id) {
      plane.looks++;
      if (plane.isSilent) return undefined;
      const { count = 0, latencyMs = 0 } = answered.get(id) ?? {};
      answered.delete(id);
      const held = [...inFlight.values()].reduce((sum, one) => sum + one, 0);
      return { gauge: { id, inFlight: held, waiting: waiting.get(id) ?? 0, answered: count, failed: 0, latenciesMs: count > 0 ? [latencyMs] : [] }, inFlight: new Map(inFlight) };
    },
    wait: (id, count) => void waiting.set(id, count),
    hold: (container, count) => void (count > 0 ? inFlight.set(container, count) : inFlight.delete(container)),
    answer: (id, count, latencyMs = 1) => void answered.set(id, { count: (answered.get(id)?.count ?? 0) + count, latencyMs }),
  };
  return plane;
}
