import type { RouteGauge } from '@neb/core-types';

const mostSamples = 1_000;

/**
 * What several gateways saw of one route, as if one had; `undefined` of none. Each gateway's times to the first byte count by the answers that they stand for,
 * not by how many were told: at most 1,000 are kept. Pure; the order of the gateways changes nothing but the order of the times.
 */
export function mergeGauges(gauges: readonly RouteGauge[]): RouteGauge | undefined {
  const [first] = gauges;
  if (!first || gauges.length === 1) return first;
  const sum = (of: (gauge: RouteGauge) => number): number => gauges.reduce((total, gauge) => total + of(gauge), 0);
  const telling = gauges.filter(({ latenciesMs }) => latenciesMs.length > 0);
  // As many of each answer everywhere as where the fewest were told, so that all weigh the same.
  const standsFor = (gauge: RouteGauge): number => Math.max(gauge.answered, gauge.latenciesMs.length);
  const told = Math.min(...telling.map((gauge) => gauge.latenciesMs.length / standsFor(gauge)), mostSamples / telling.reduce((total, gauge) => total + standsFor(gauge), 0));
  return {
    id: first.id,
    inFlight: sum(({ inFlight }) => inFlight),
    waiting: sum(({ waiting }) => waiting),
    answered: sum(({ answered }) => answered),
    failed: sum(({ failed }) => failed),
    latenciesMs: telling.flatMap((gauge) => spread(gauge.latenciesMs, Math.round(standsFor(gauge) * told))).slice(0, mostSamples),
  };
}

/** So many of them, evenly over the list: they were drawn at random already. */
function spread(samples: readonly number[], count: number): readonly number[] {
  if (count >= samples.length) return samples;
  return Array.from({ length: count }, (_, nth) => samples[Math.floor((nth * samples.length) / count)]!);
}
