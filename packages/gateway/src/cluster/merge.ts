import { type GatewayGauge, mostLatencies } from '../tally.ts';

/** What several processes saw, as if it were one. */
export interface Merged {
  /** What a worker told; of other routes what it told before stays. */
  add(worker: number, gauges: readonly GatewayGauge[]): void;
  /** It is gone, and with it all that it had in flight. */
  drop(worker: number): void;
  /** Of these routes, since the last time, and of those that are gone until what they had in flight is over, and once more. */
  take(ids: Iterable<string>): GatewayGauge[];
}

export function mergedGauges(random: () => number): Merged {
  const now = new Map<number, Map<string, GatewayGauge>>();
  const since = new Map<string, { answered: number; failed: number; latenciesMs: number[] }>();
  return {
    add(worker, gauges) {
      const known = now.get(worker) ?? new Map<string, GatewayGauge>();
      now.set(worker, known);
      for (const gauge of gauges) known.set(gauge.id, gauge);
      for (const { id, answered, failed, latenciesMs } of gauges) {
        const sum = since.get(id) ?? { answered: 0, failed: 0, latenciesMs: [] };
        since.set(id, { answered: sum.answered + answered, failed: sum.failed + failed, latenciesMs: sample([...sum.latenciesMs, ...latenciesMs], random) });
      }
    },
    drop: (worker) => void now.delete(worker),
    take(ids) {
      const here = new Set(ids);
      const gone = new Set([...now.values()].flatMap((gauges) => [...gauges.keys()]).filter((id) => !here.has(id)));
      const taken = [...here, ...gone].map((id) => {
        const each = [...now.values()].map((gauges) => gauges.get(id)).filter((gauge) => gauge !== undefined);
        const inFlightEach: Record<string, number> = {};
        for (const gauge of each) for (const [replica, count] of Object.entries(gauge.inFlightEach)) inFlightEach[replica] = (inFlightEach[replica] ?? 0) + count;
        return {
          id, inFlightEach,
          inFlight: each.reduce((sum, { inFlight }) => sum + inFlight, 0),
          waiting: each.reduce((sum, { waiting }) => sum + waiting, 0),
          ...(since.get(id) ?? { answered: 0, failed: 0, latenciesMs: [] }),
          ...(gone.has(id) && { isGone: true as const }),
        };
      });
      for (const { id, inFlight } of taken) if (gone.has(id) && inFlight === 0) for (const gauges of now.values()) gauges.delete(id);
      since.clear();
      return taken;
    },
  };
}

/** At most so many of them, each as likely as the others. */
function sample(all: number[], random: () => number): number[] {
  while (all.length > mostLatencies) {
    const place = Math.floor(random() * all.length);
    all[place] = all[all.length - 1]!;
    all.pop();
  }
  return all;
}
