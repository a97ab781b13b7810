import { arrivals, type Flow, learn, noFlow } from './flow.ts';
import type { PressurePolicy } from './pressure-policy.ts';
import type { Observation } from './sample.ts';

/** What one look leaves for the next: plain JSON of a fixed size. Moments are in milliseconds since the epoch. */
export interface ScalingState {
  /** What was decided last. */
  readonly desired: number;
  readonly seen: Omit<Observation, 'starting'>;
  /** When the look after it was due. */
  readonly dueAt: number;
  /** Since when the pressure is above the one threshold, and how many messages a second arrive since. */
  readonly above?: { readonly since: number; readonly arriving: number };
  /** Since when it is below the other. */
  readonly belowSince?: number;
  /** Since when there is nothing to do. */
  readonly idleSince?: number;
  readonly flow: Flow;
}

/** How late a look may be before what lay between counts as unseen. */
const graceMs = 30_000;
const aboveWindowMs = 30_000;

/** Since when things are as they are, after one more look. What was not watched in between starts anew, and so does what began in the future. Pure. */
export function watch({ policy, seen, now, before }: { readonly policy: PressurePolicy; readonly seen: Observation; readonly now: number; readonly before: ScalingState | undefined }): ScalingState {
  const pressure = seen.backlog + seen.pending;
  const quiet = pressure === 0 && seen.busy === 0 && (!before || seen.acknowledged === before.seen.acknowledged);
  const wasQuiet = before !== undefined && before.seen.backlog + before.seen.pending === 0;
  const watched = before !== undefined && now <= before.dueAt + graceMs;
  const since = (then: number | undefined): number => Math.min(then ?? now, now);
  const { starting: _, ...kept } = seen;
  const flow = before && watched ? learn(before.flow, { before: before.seen, seen, usualMs: policy.down.holdMs }) : { ...(before?.flow ?? noFlow), pressure };
  const low = policy.down.belowPressure;
  const isBelow = pressure < low || pressure === 0 || (before?.belowSince !== undefined && flow.pressure < low);
  return {
    desired: before?.desired ?? seen.ready + seen.starting.length,
    seen: kept,
    dueAt: now,
    flow,
    ...(pressure > policy.up.abovePressure ? { above: watched && before.above ? stillAbove(before.above, { before: before.seen, seen, now }) : { since: now, arriving: 0 } } : {}),
    // Between two looks at nothing, with nothing acknowledged, there was nothing.
    ...(isBelow ? { belowSince: watched || (quiet && wasQuiet) ? since(before?.belowSince) : now } : {}),
    ...(quiet ? { idleSince: wasQuiet ? since(before.idleSince) : now } : {}),
  };
}

/** The rate since `above` began, later of the last half minute: what brought the pressure up is over, and says nothing of what comes. */
function stillAbove({ since, arriving }: NonNullable<ScalingState['above']>, { before, seen, now }: { readonly before: ScalingState['seen']; readonly seen: Observation; readonly now: number }): NonNullable<ScalingState['above']> {
  const ms = seen.at - before.at;
  const share = ms > 0 ? ms / Math.max(ms, Math.min(now - since, aboveWindowMs)) : 0;
  return { since: Math.min(since, now), arriving: arriving + share * ((arrivals(before, seen) * 1_000) / Math.max(ms, 1) - arriving) };
}
