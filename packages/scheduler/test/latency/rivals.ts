import { horizontalPodAutoscaler } from '../autoscale/rivals.ts';
import type { Controller, World } from './simulator.ts';

/** What everybody is told of a service. */
export interface Told {
  readonly min: number;
  readonly max: number;
  /** Requests that a replica can work on at once. */
  readonly places: number;
  /** Where in its rhythm a controller is when the trace begins, from 0 to 1. */
  readonly phase: number;
}

const syncSeconds = 15;
/** What the rivals aim at: Knative's default, and the usual one of an HPA. */
const utilisation = 0.7;

/**
 * Kubernetes' HorizontalPodAutoscaler with its defaults: see `horizontalPodAutoscaler`. On the CPU (busy places) or on the requests at once, the mean of each 15 s, at 70 %.
 * Pods that are not ready yet count as using nothing on the way up, as in GetResourceReplicas of pkg/controller/podautoscaler/replica_calculator.go. It never goes below 1.
 */
export function hpa(on: 'CPU' | 'requests', { min, max, places, phase }: Told): Controller {
  const sync = horizontalPodAutoscaler({ target: utilisation * places, min: Math.max(min, 1), max });
  let before: { readonly now: number; readonly sum: number } | undefined;
  return {
    name: `HPA on ${on}`,
    wakes: false,
    look(world) {
      const sum = on === 'CPU' ? world.busySeconds : world.requestSeconds;
      const current = Math.max(replicas(world), 1);
      const desired = before ? sync(world.now, (sum - before.sum) / (world.now - before.now), current) : current;
      const againSeconds = before ? syncSeconds : (0.1 + 0.9 * phase) * syncSeconds;
      before = { now: world.now, sum };
      return { desired, againSeconds };
    },
  };
}

const [tickSeconds, stableSeconds, panicSeconds, graceSeconds] = [2, 60, 6, 30];
const [panicThreshold, maxScaleUpRate, maxScaleDownRate] = [2, 1_000, 2];

/**
 * Knative's pod autoscaler (KPA) on concurrency with its defaults: a tick every 2 s; the mean of 60 s, and of 6 s while it panics, which begins where the latter asks for twice the ready
 * and ends 60 s after it last did; nobody goes meanwhile; at most half of the ready go at a time; to zero after 60 s of nothing and a grace of 30 s.
 * From pkg/autoscaler/scaling/autoscaler.go (Scale), pkg/reconciler/autoscaling/kpa/scaler.go (handleScaleToZero) and config/core/configmaps/autoscaler.yaml of knative/serving.
 * The target is 70 % of what a replica can work on at once, as with its `containerConcurrency`.
 */
export function knative({ min, max, places, phase }: Told): Controller {
  const target = utilisation * places;
  let history: { readonly now: number; readonly sum: number }[] = [];
  let [panicAt, maxPanic, idleAt] = [undefined as number | undefined, 0, undefined as number | undefined];
  const meanOf = ({ now, requestSeconds }: World, seconds: number): number => {
    const from = history.find((then) => then.now >= now - seconds) ?? history.at(-1)!;
    return now > from.now ? (requestSeconds - from.sum) / (now - from.now) : 0;
  };
  return {
    name: 'Knative',
    wakes: true,
    look(world) {
      const { now, inFlight, waiting, requestSeconds } = world;
      const isFirst = history.length === 0;
      history = [...history.filter((then) => then.now >= now - stableSeconds), { now, sum: requestSeconds }];
      const againSeconds = isFirst ? (0.1 + 0.9 * phase) * tickSeconds : tickSeconds;
      if (replicas(world) === 0) {
        // The activator tells at once what it holds.
        if (inFlight + waiting > 0) return { desired: Math.min(max, Math.ceil((inFlight + waiting) / target)), againSeconds };
        return { desired: min, againSeconds };
      }
      if (isFirst) return { desired: replicas(world), againSeconds };
      const ready = Math.max(1, world.ready);
      const within = (wanted: number): number => Math.min(Math.max(wanted, Math.floor(ready / maxScaleDownRate)), Math.ceil(ready * maxScaleUpRate));
      const [stable, panic] = [Math.ceil(meanOf(world, stableSeconds) / target), Math.ceil(meanOf(world, panicSeconds) / target)];
      if (panic / ready >= panicThreshold) panicAt = now;
      else if (panicAt !== undefined && panicAt + stableSeconds < now) [panicAt, maxPanic] = [undefined, 0];
      let desired = within(stable);
      if (panicAt !== undefined) {
        maxPanic = Math.max(maxPanic, desired, within(panic));
        desired = maxPanic;
      }
      if (desired > 0) idleAt = undefined;
      else {
        idleAt ??= now;
        if (now - idleAt < graceSeconds) desired = 1;
      }
      return { desired: Math.min(max, Math.max(min, desired)), againSeconds };
    },
  };
}

/** A number that never changes: what the measure says of those who do nothing. */
export function fixed(count: number): Controller {
  return { name: `always ${count}`, wakes: false, look: () => ({ desired: count, againSeconds: 3_600 }) };
}

function replicas({ ready, starting }: World): number {
  return ready + starting.length;
}
