import { hpa, keda } from './rivals.ts';
import { ours } from './ours.ts';
import { type Controller, type Result, simulate } from './simulator.ts';
import type { Trace, TraceKind } from './traces.ts';

/** Means over all seeds. */
export interface Score {
  readonly backlogSeconds: number;
  readonly replicaSeconds: number;
  readonly changes: number;
}

export interface Match {
  readonly neb: Score;
  /** At the same threshold as ours. */
  readonly keda: Score;
  readonly hpa: Score;
  /** KEDA at other thresholds. */
  readonly tuned: readonly { readonly target: number; readonly score: Score }[];
  /** For each seed, whether ours made messages wait no longer than KEDA at the same threshold. */
  readonly waitsLess: readonly boolean[];
}

/** Thresholds that somebody could have chosen for KEDA instead, from its default, 5, and below. */
const targets = [1, 2, 5, 10, 20, 35, 50, 70];

/** Ours and the rivals on the same messages, with the same patience: 5 minutes until workers go, and 5 until the last does. */
export function match(kind: TraceKind, seeds: readonly number[]): Match {
  const traces = seeds.map((seed) => ({ seed, trace: kind.draw(seed) }));
  const play = (controller: (trace: Trace, phase: number) => Controller): readonly Result[] => traces.map(({ seed, trace }) => simulate(trace, controller(trace, phaseOf(seed)), seed));
  const [mine, theirs] = [play((trace) => ours(policyOf(trace))), play((trace, phase) => keda({ ...trace, target: trace.above, phase }))];
  return {
    neb: mean(mine),
    keda: mean(theirs),
    hpa: mean(play((trace, phase) => hpa({ ...trace, target: trace.above, phase }))),
    tuned: targets.map((target) => ({ target, score: mean(play((trace, phase) => keda({ ...trace, target, phase }))) })),
    waitsLess: mine.map(({ backlogSeconds }, nth) => backlogSeconds <= theirs[nth]!.backlogSeconds),
  };
}

export function policyOf({ min, max, above, below }: Trace): Parameters<typeof ours>[0] {
  return { min, max, up: { abovePressure: above, holdMs: 10_000 }, down: { belowPressure: below, holdMs: 300_000 }, zero: { holdMs: 300_000 } };
}

/** Where in its rhythm a controller is when the trace begins: spread evenly over the seeds. */
function phaseOf(seed: number): number {
  return (seed * 0.381966) % 1;
}

function mean(results: readonly Result[]): Score {
  const of = (value: (result: Result) => number): number => results.reduce((sum, result) => sum + value(result), 0) / results.length;
  return { backlogSeconds: of((result) => result.backlogSeconds), replicaSeconds: of((result) => result.replicaSeconds), changes: of((result) => result.changes) };
}
