import { type Flow, learn, noFlow, type Seen } from './flow.ts';
import type { PressurePolicy } from './pressure-policy.ts';
import { type Observation, pressureOf } from './sample.ts';
import { lasting, type Spell } from './spell.ts';

/** What one look leaves for the next: plain JSON of a fixed size. Moments are in milliseconds since the epoch. */
export interface ScalingState {
  /** What was decided last. */
  readonly desired: number;
  readonly seen: Seen;
  /** When the look after it was due. */
  readonly dueAt: number;
  /** As long as the pressure is above the one threshold. */
  readonly above?: Spell;
  /** As long as it is below the other. */
  readonly below?: Spell;
  /** When more workers were last asked for. */
  readonly grewAt?: number;
  /** Since when there is nothing to do. */
  readonly idleSince?: number;
  readonly flow: Flow;
}

/** How late a look may be before what lay between counts as unseen. */
export const graceMs = 30_000;
/** How far back what comes under high pressure is looked at. */
const aboveWindowMs = 30_000;

/** Since when things are as they are, after one more look. What was not watched in between starts anew, and so does what began in the future. Pure. */
export function watch({ policy: { up, down }, seen, now, before }: { readonly policy: PressurePolicy; readonly seen: Observation; readonly now: number; readonly before: ScalingState | undefined }): ScalingState {
  const { starting, ...kept } = seen;
  const { desired, seen: then, dueAt, flow: known, above, below, grewAt, idleSince } = before ?? { desired: seen.ready + starting.length, seen: kept, dueAt: now, flow: noFlow };
  const pressure = pressureOf(kept);
  const isWatched = now <= dueAt + graceMs;
  // Between two looks at nothing, with nothing acknowledged, there was nothing.
  const isQuiet = pressure === 0 && seen.busy === 0 && seen.acknowledged === then.acknowledged;
  const wasQuiet = isQuiet && pressureOf(then) === 0;
  const flow = isWatched || wasQuiet ? learn(known, { before: then, seen: kept, usualMs: down.holdMs }) : { ...known, pressure };
  // Once low, a moment of more is chance as long as the mean of the last moments is low.
  const isLow = pressure < down.belowPressure || pressure === 0 || (below !== undefined && flow.pressure < down.belowPressure);
  const spell = (of: Spell | undefined, windowMs: number): Spell => lasting(of, { before: then, seen: kept, now, windowMs });
  return {
    desired,
    seen: kept,
    dueAt: now,
    flow,
    ...(pressure > up.abovePressure ? { above: spell(isWatched ? above : undefined, aboveWindowMs) } : {}),
    ...(isLow ? { below: spell(isWatched || wasQuiet ? below : undefined, down.holdMs) } : {}),
    ...(grewAt === undefined ? {} : { grewAt: Math.min(grewAt, now) }),
    ...(isQuiet ? { idleSince: Math.min((wasQuiet ? idleSince : undefined) ?? now, now) } : {}),
  };
}
