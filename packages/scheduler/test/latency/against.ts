import type { LatencyPolicy } from '../../src/index.ts';
import { ours } from './ours.ts';
import { fixed, hpa, knative, type Told } from './rivals.ts';
import { type Controller, type Result, simulate } from './simulator.ts';
import { type Trace, traces } from './traces.ts';

/** How one controller did in one trace: means over all seeds. */
export interface Score {
  readonly controller: string;
  readonly trace: string;
  /** The part of the requests that were answered later than they should, or not at all. */
  readonly missed: number;
  readonly replicaSeconds: number;
  /** Replica-hours times one and the missed per cent: a trace in which none is missed counts by its replicas, and each hundredth missed costs as much as all of them once more. */
  readonly product: number;
  readonly changes: number;
}

/** A hundredth of misses is what an objective of 99 % allows. */
const allowed = 0.01;

/** The same patience as Knative's, 60 s until somebody goes and 90 s until the last does. */
export function policyOf({ min, max, limitSeconds, places, capped }: Trace): LatencyPolicy {
  const limitMs = limitSeconds * 1_000;
  return { min, max, surge: 1, up: { aboveMs: limitMs, holdMs: 10_000 }, down: { belowMs: 0.7 * limitMs, holdMs: 60_000 }, zero: { holdMs: 90_000 }, ...(capped ? { maxInFlight: places } : {}) };
}

const controllers: Readonly<Record<string, (trace: Trace, told: Told) => Controller>> = {
  neb: (trace) => ours(policyOf(trace)),
  'neb, told no capacity': (trace) => ours({ ...policyOf(trace), maxInFlight: undefined }),
  Knative: (_, told) => knative(told),
  'HPA on CPU': (_, told) => hpa('CPU', told),
  'HPA on requests': (_, told) => hpa('requests', told),
  'always one': () => fixed(1),
  'always the most': ({ max }) => fixed(max),
};

/** Every controller in every trace, over the same requests; or those of `names` only. */
export function play(seeds: readonly number[], names: readonly string[] = Object.keys(controllers)): readonly Score[] {
  return traces.flatMap((kind) => {
    const drawn = seeds.map((seed) => ({ seed, trace: kind.draw(seed) }));
    return names.map((name) => score(name, drawn.map(({ seed, trace }) => {
      // Spread evenly over the seeds.
      const controller = controllers[name]!(trace, { ...trace, phase: (seed * 0.381966) % 1 });
      return { ...simulate(trace, controller, seed), trace: kind.name };
    })));
  });
}

/** The sum of a controller's products. */
export function sumOf(scores: readonly Score[], controller: string): number {
  return scores.reduce((sum, score) => sum + (score.controller === controller ? score.product : 0), 0);
}

function score(controller: string, results: readonly (Result & { readonly trace: string })[]): Score {
  const mean = (of: (result: (typeof results)[number]) => number): number => results.reduce((sum, result) => sum + of(result), 0) / results.length;
  const { trace } = results[0]!;
  const [missed, replicaSeconds] = [mean(({ misses, requests }) => misses / requests), mean((result) => result.replicaSeconds)];
  return { controller, trace, missed, replicaSeconds, product: mean((result) => (result.replicaSeconds / 3_600) * (1 + result.misses / result.requests / allowed)), changes: mean(({ changes }) => changes) };
}
