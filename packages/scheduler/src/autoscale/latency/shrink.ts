import { formatDuration } from '@neb/core-types';
import { bears, requestSeconds } from './bearing.ts';
import { expectedThen, replicasFor, type Scene } from './need.ts';
import { highest } from './peaks.ts';
import { inMs, type Step } from './step.ts';
import { latencyOf } from './watch-traffic.ts';

/** For so long after a burst nobody goes. */
const panicMs = 60_000;
/** A step has to show what it does before the next. */
const betweenMs = 15_000;
/** Replicas get at most so many times what they are known to bear. */
const boldness = 2;

/** Fewer replicas: not more than half of them at a time, and never fewer than the highest load in the time of `down` needed. */
export function shrink(scene: Scene): Step | undefined {
  const { policy, now, state } = scene;
  const { desired, below, load, panicAt, shrankAt } = state;
  const { belowMs, holdMs } = policy.down;
  if (below === undefined || desired <= Math.max(policy.min, 1)) return undefined;
  const latencyMs = latencyOf(state);
  const so = `p95 ${inMs(latencyMs)} ${latencyMs < belowMs ? `below ${formatDuration(belowMs)}` : 'for which more did not help,'} for ${formatDuration(now - below)}`;
  if (now - below < holdMs) return { desired, reason: `${so} of ${formatDuration(holdMs)}` };
  if (panicAt !== undefined && now - panicAt < panicMs) return { desired, reason: `${so}, and the last burst was ${formatDuration(now - panicAt)} ago` };
  if (load.failing >= 0.5) return { desired, reason: `${so}, but ${Math.round(100 * load.failing)} % of the answers are failures` };
  if (shrankAt !== undefined && now - shrankAt < Math.min(betweenMs, holdMs)) return { desired, reason: `${so}, and some have just gone` };
  const enough = Math.max(sufficient(scene), Math.ceil(desired / 2), 1);
  return { desired: Math.min(desired, enough), reason: so };
}

function sufficient(scene: Scene): number {
  const { policy, state: { peaks, bearing, load } } = scene;
  const peak = Math.max(highest(peaks), expectedThen(scene) * requestSeconds(load, policy));
  const each = bears(bearing, policy);
  if (each < Infinity) return replicasFor(peak, each);
  return peak === 0 ? 1 : Math.ceil(peak / (boldness * bearing.least));
}
