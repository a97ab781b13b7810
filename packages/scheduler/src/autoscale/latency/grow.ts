import { formatDuration } from '@neb/core-types';
import { bears, requestSeconds, tooMuch, worksOn } from './bearing.ts';
import { expectedThen, neededFor, replicasFor, type Scene } from './need.ts';
import { shrink } from './shrink.ts';
import { inMs, type Step } from './step.ts';
import { hasHelped, type Trial, useless as judged } from './trial.ts';
import { latencyOf } from './watch-traffic.ts';

/** How far above what the ready replicas bear it is a burst. */
const burst = 1.5;
/** How long replicas that were added have to show what they do, at least. */
const showMs = 15_000;

/** From none to as many as the requests that wait take. */
export function wake(scene: Scene): Step {
  const { seen: { inFlight, waiting, answered }, now } = scene;
  const requests = inFlight + waiting + answered;
  if (requests === 0) return { desired: 0, reason: 'no request' };
  const desired = neededFor(Math.max(scene.state.load.coming.moment, 0), scene);
  return { desired, reason: requests === 1 ? 'a request waits' : `${Math.round(requests)} requests wait`, note: { panicAt: now } };
}

/** A burst: what comes at this moment, and what waits, is far above what is ready. It is not asked how long. */
export function growAtOnce(scene: Scene): Step | undefined {
  const { policy, seen, now, state: { desired, load, bearing } } = scene;
  const [takes, each, rate] = [requestSeconds(load, policy), bears(bearing, policy), load.coming.moment];
  if (each === Infinity || (rate * takes + seen.waiting) <= burst * each * seen.ready) return undefined;
  const wanted = neededFor(rate, scene);
  if (wanted <= desired) return undefined;
  const reason = `a burst: ${perSecond(rate)} and ${Math.round(seen.waiting)} waiting, where ${seen.ready} bear ${perSecond((each / takes) * seen.ready)}`;
  return { desired: wanted, reason, note: { panicAt: now, trial: undefined } };
}

/** More comes than those that were asked for bear, or will when one more could be ready. */
export function grow(scene: Scene): Step | undefined {
  const { policy, now, state: { desired, load, bearing, over, above } } = scene;
  if (over === undefined) return undefined;
  const since = Math.min(over, above ?? over);
  const rate = expectedThen(scene);
  const so = `${perSecond(rate)} expected, where ${desired} bear ${perSecond((bears(bearing, policy) / requestSeconds(load, policy)) * desired)}, for ${formatDuration(now - since)}`;
  if (now - since < policy.up.holdMs) return { desired, reason: `${so} of ${formatDuration(policy.up.holdMs)}` };
  const wanted = neededFor(rate, scene);
  return wanted > desired ? { desired: wanted, reason: so, note: { trial: undefined } } : undefined;
}

/** The latency is above its limit. Whether too few replicas are why nobody knows yet, so what is added has to show that it helps. */
export function grownForLatency(scene: Scene): Step | undefined {
  const { policy: { up }, seen, now, startMs, state } = scene;
  const { desired, above, trial, useless, readyAt } = state;
  if (above === undefined) return trial && ended(scene, trial);
  const so = `p95 ${inMs(latencyOf(state))} above ${formatDuration(up.aboveMs)} for ${formatDuration(now - above)}`;
  if (state.load.answered > 1.05 * state.load.coming.recent) return { desired, reason: `${so}, and what queues is getting less` };
  if (trial) return judge(scene, { trial, so });
  if (useless && now < useless.until) return shrink(scene) ?? { desired, reason: `${so}, but ${useless.added} more did not help: it is not the replicas that are slow` };
  if (now - above < up.holdMs) return { desired, reason: `${so} of ${formatDuration(up.holdMs)}` };
  const isComing = seen.starting.some(({ since }) => now - since < 2 * startMs);
  if (isComing || seen.ready < desired) return { desired, reason: `${so}, and ${Math.max(seen.starting.length, desired - seen.ready)} more are starting` };
  if (now - readyAt < up.holdMs) return { desired, reason: `${so}, and they have just come` };
  return tryMore(scene, so);
}

/** The latency is within its limit again: it was the replicas where they had come by then. */
function ended({ seen, state }: Scene, trial: Trial): Step {
  const hasCome = seen.ready >= trial.to;
  const why = hasCome ? `since ${trial.to - trial.from} more came` : 'again, before more came';
  return { desired: state.desired, reason: `p95 ${inMs(latencyOf(state))} ${why}`, note: { trial: undefined, ...(hasCome ? { bearing: trial.bearing } : {}) } };
}

function tryMore({ policy, seen, now, state }: Scene, so: string): Step {
  const { desired, load, bearing } = state;
  const works = worksOn(load, { ready: seen.ready, policy });
  // Of what answers nothing, nothing is learnt.
  const learnt = works > 0 && load.failing < 0.5 ? tooMuch(bearing, works) : bearing;
  const wanted = Math.max(desired + 1, replicasFor(load.coming.recent * requestSeconds(load, policy), learnt.most ?? Infinity));
  // Twice as many at a time: of a replica that does nothing at all one would need any number.
  const to = Math.min(wanted, 2 * desired, policy.max);
  if (to <= desired) return { desired, reason: `${so}, and no more are allowed` };
  return { desired: to, reason: so, note: { trial: { at: now, from: desired, to, latencyMs: latencyOf(state), answered: load.answered, bearing: learnt } } };
}

function judge({ policy: { up }, seen, now, startMs, state }: Scene, { trial, so }: { readonly trial: Trial; readonly so: string }): Step {
  const { desired, readyAt, load } = state;
  const isThere = seen.ready >= trial.to || now - trial.at > 3 * startMs + 60_000;
  if (!isThere || now - readyAt < Math.max(up.holdMs, showMs)) return { desired, reason: `${so}, and ${trial.to - trial.from} more are to show whether they help` };
  if (hasHelped(trial, { latencyMs: latencyOf(state), answered: load.answered, ready: seen.ready })) return { desired, reason: `${so}, less than before ${trial.to - trial.from} more came`, note: { trial: undefined, bearing: trial.bearing } };
  return {
    desired: trial.from,
    reason: `${so}, and ${trial.to - trial.from} more did not help: it is not the replicas that are slow`,
    note: { trial: undefined, useless: judged(trial, { now, before: state.useless }) },
  };
}

function perSecond(rate: number): string {
  return `${rate.toFixed(1)} a second`;
}
