import type { Controller, World } from './simulator.ts';

/**
 * Kubernetes' HorizontalPodAutoscaler on an external metric with a target average value, with its defaults: a sync every 15 s, a tolerance of 10 %, the highest
 * recommendation of the last 300 s on the way down, and on the way up at most 4 more or twice as many in 15 s.
 * From kubernetes.io, "Horizontal Pod Autoscaling", and GetExternalPerPodMetricReplicas of pkg/controller/podautoscaler/replica_calculator.go.
 */
export function horizontalPodAutoscaler({ target, min, max }: { readonly target: number; readonly min: number; readonly max: number }): (now: number, metric: number, current: number) => number {
  let advised: { readonly at: number; readonly count: number }[] = [];
  let grown: { readonly at: number; readonly by: number }[] = [];
  return (now, metric, current) => {
    const ratio = metric / (target * current);
    const advice = Math.min(max, Math.max(min, Math.abs(1 - ratio) > 0.1 ? Math.ceil(metric / target) : current));
    advised = [...advised.filter(({ at }) => at > now - 300), { at: now, count: advice }];
    grown = grown.filter(({ at }) => at > now - 15);
    if (advice <= current) return Math.min(current, Math.max(...advised.map(({ count }) => count)));
    const before = current - grown.reduce((sum, { by }) => sum + by, 0);
    const desired = Math.max(current, Math.min(advice, Math.max(before + 4, before * 2)));
    grown.push({ at: now, by: desired - current });
    return desired;
  };
}

const syncSeconds = 15;

/** HPA alone, fed with backlog and pending: it never goes below 1. */
export function hpa({ target, min, max, phase }: { readonly target: number; readonly min: number; readonly max: number; readonly phase: number }): Controller {
  const sync = horizontalPodAutoscaler({ target, min: Math.max(min, 1), max });
  let first = true;
  return {
    name: 'HPA',
    wakes: false,
    look(world) {
      const again = first ? phase * syncSeconds : syncSeconds;
      const desired = first ? replicas(world) : sync(world.now, world.backlog + world.pending, Math.max(replicas(world), 1));
      first = false;
      return { desired, againSeconds: again };
    },
  };
}

/**
 * KEDA's redis-streams scaler by `lagCount`, the only one that reaches zero: every 30 s (`pollingInterval`) it goes from 0 to 1 if there is lag, and to 0 when there was none for 300 s
 * (`cooldownPeriod`); in between an HPA on the same lag decides. It may wake on one message here, which several of its versions do not (kedacore/keda#6478, #7835).
 * From keda.sh, "ScaledObject specification" and "Redis Streams", and pkg/scaling/executor/scale_scaledobjects.go.
 */
export function keda({ target, min, max, phase }: { readonly target: number; readonly min: number; readonly max: number; readonly phase: number }): Controller {
  const sync = horizontalPodAutoscaler({ target, min: Math.max(min, 1), max });
  let [nextPoll, nextSync, activeAt] = [phase * 30, phase * syncSeconds, 0];
  return {
    name: 'KEDA',
    wakes: false,
    look(world) {
      let desired = replicas(world);
      if (world.now >= nextSync) {
        nextSync += syncSeconds;
        if (desired > 0) desired = sync(world.now, world.backlog, desired);
      }
      if (world.now >= nextPoll) {
        nextPoll += 30;
        if (world.backlog > 0) {
          activeAt = world.now;
          desired = Math.max(desired, 1);
        } else if (min === 0 && world.now - activeAt > 300) desired = 0;
      }
      return { desired, againSeconds: Math.max(0.001, Math.min(nextPoll, nextSync) - world.now) };
    },
  };
}

function replicas({ ready, starting }: World): number {
  return ready + starting.length;
}
