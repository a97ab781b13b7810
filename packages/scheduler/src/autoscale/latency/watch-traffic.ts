import { graceMs } from '../watch.ts';
import { bears, type Bearing, borne, doubted, requestSeconds, tooMuch, worksOn } from './bearing.ts';
import { latencyAt, type Latencies, withLatencies } from './latencies.ts';
import type { SanePolicy } from './latency-policy.ts';
import { type Before, came, isBehind, learnLoad, type Load, noLoad, type Traffic } from './load.ts';
import { expectedThen, neededFor } from './need.ts';
import { type Peaks, withPeak } from './peaks.ts';
import { noAnswerMs } from './step.ts';
import type { Trial, Useless } from './trial.ts';

/** What one look leaves for the next: plain JSON of a bounded size. Moments are in milliseconds since the epoch. */
export interface LatencyState {
  /** What was decided last. */
  readonly desired: number;
  readonly seen: Before;
  /** When the look after it was due. */
  readonly dueAt: number;
  /** Since when as many replicas are ready as are. */
  readonly readyAt: number;
  readonly load: Load;
  readonly latencies?: Latencies | undefined;
  readonly bearing: Bearing;
  /** Requests at once, at most, in the time of `down`. */
  readonly peaks: Peaks;
  /** Since when the latency is above the one threshold. */
  readonly above?: number | undefined;
  /** Since when more comes than those that were asked for bear. */
  readonly over?: number | undefined;
  /** Since when it is, and less is answered than comes. */
  readonly behind?: number | undefined;
  /** Since when the latency is below the other threshold. */
  readonly below?: number | undefined;
  /** Since when nothing is in flight, waits, or comes. */
  readonly idleSince?: number | undefined;
  /** When more replicas were last asked for at once. */
  readonly panicAt?: number | undefined;
  readonly grewAt?: number | undefined;
  readonly shrankAt?: number | undefined;
  readonly trial?: Trial | undefined;
  readonly useless?: Useless | undefined;
}

/** Where replicas work on less than this part of what they bear nothing queues in them. */
const calm = 0.8;

/** The latency of 95 in 100 answers with the wait for a replica, in milliseconds, by Little's law; 0 while nothing comes. Pure. */
export function latencyOf({ latencies, load, seen, idleSince }: Pick<LatencyState, 'latencies' | 'load' | 'seen' | 'idleSince'>): number {
  if (idleSince !== undefined) return 0;
  const waitMs = seen.waiting > 0 ? (1_000 * seen.waiting) / load.answered : 0;
  return Math.min(noAnswerMs, (latencyAt(0.95, latencies) ?? 0) + waitMs);
}

/** Since when things are as they are, after one more look. What was not watched in between starts anew, and so does what began in the future. Pure. */
export function watchTraffic({ policy, seen, now, startMs, before }: { readonly policy: SanePolicy; readonly seen: Traffic; readonly now: number; readonly startMs: number; readonly before: LatencyState | undefined }): LatencyState {
  const kept: Before = { at: seen.at, inFlight: seen.inFlight, waiting: seen.waiting, ready: seen.ready };
  const known = before ?? fresh(seen, now);
  const isWatched = now <= known.dueAt + graceMs;
  const since = (began: number | undefined): number => Math.min((isWatched ? began : undefined) ?? now, now);
  const latencies = withLatencies(known.latencies, seen);
  const isCalm = (latencyAt(0.95, latencies) ?? 0) < policy.down.belowMs && worksOn(known.load, { ready: known.seen.ready, policy }) < calm * (known.bearing.most ?? Infinity);
  const telling = policy.maxInFlight !== undefined ? 'hands' : isCalm ? 'answers' : undefined;
  const load = isWatched ? learnLoad(known.load, { before: known.seen, seen, telling }) : { ...noLoad, hands: known.load.hands };
  const isQuiet = seen.inFlight === 0 && seen.waiting === 0 && came(known.seen, seen) === 0;
  const idleSince = isQuiet ? since(known.idleSince) : undefined;
  const latencyMs = latencyOf({ latencies, load, seen: kept, idleSince });
  const isAbove = latencyMs > policy.up.aboveMs;
  const above = isAbove ? since(known.above) : undefined;
  const behind = isAbove && isBehind(load) ? since(known.behind) : undefined;
  const bearing = bearingAfter(known, { policy, seen, now, load, behind: isAbove ? (behind ?? now) : undefined });
  // Where replicas are not what is slow, the latency says nothing of how many are too many.
  const isLow = latencyMs < policy.down.belowMs || (known.useless !== undefined && bears(bearing, policy) < Infinity);
  const { trial, useless, panicAt, grewAt, shrankAt } = known;
  const state: LatencyState = {
    desired: known.desired,
    seen: kept,
    dueAt: now,
    readyAt: known.seen.ready === seen.ready ? Math.min(known.readyAt, now) : now,
    load,
    latencies,
    bearing,
    peaks: withPeak(known.peaks, load.coming.recent * requestSeconds(load, policy), { now, windowMs: Math.max(policy.down.holdMs, startMs) }),
    ...(above === undefined ? {} : { above }),
    ...(behind === undefined ? {} : { behind }),
    ...(isLow ? { below: since(known.below) } : {}),
    ...(idleSince === undefined ? {} : { idleSince }),
    ...past({ panicAt, grewAt, shrankAt }, now),
    ...(trial ? { trial } : {}),
    // What it was that was slow is over.
    ...(useless && (isAbove || now < useless.until) ? { useless } : {}),
  };
  const over = since(known.over);
  const scene = { policy, seen, now, startMs, state: { ...state, over } };
  // Half the room that is asked for then: so nobody is asked for who would not be kept.
  return neededFor(expectedThen(scene), scene, 0.5) > known.desired ? { ...state, over } : state;
}

/** What a replica bears: as much as it has finished in time, and, where the latency was above its limit for a while and less was finished than came, no more than that. Pure. */
function bearingAfter({ bearing: then, seen: { at, ready }, readyAt }: LatencyState, { policy, seen, now, load, behind }: { readonly policy: SanePolicy; readonly seen: Traffic; readonly now: number; readonly load: Load; readonly behind: number | undefined }): Bearing {
  const bearing = doubted(then, now - at);
  const works = worksOn(load, { ready: seen.ready, policy });
  if (ready !== seen.ready || works === 0 || load.failing >= 0.5) return bearing;
  if (behind === undefined) return borne(bearing, works);
  const isSettled = now - Math.max(behind, readyAt) >= Math.max(policy.up.holdMs, 1);
  return isSettled && policy.maxInFlight === undefined ? tooMuch(bearing, works) : bearing;
}

function fresh(seen: Traffic, now: number): LatencyState {
  const { inFlight, waiting, ready } = seen;
  // What was answered before the first look came before it, at nobody knows which rate.
  return { desired: ready + seen.starting.length, seen: { at: now, inFlight, waiting, ready }, dueAt: now, readyAt: now, load: noLoad, bearing: { least: 0 }, peaks: { since: now, highest: [0] } };
}

/** Those of the moments that there are, none in the future. */
function past<T extends Record<string, number | undefined>>(moments: T, now: number): Partial<T> {
  return Object.fromEntries(Object.entries(moments).flatMap(([name, at]) => (at === undefined ? [] : [[name, Math.min(at, now)]]))) as Partial<T>;
}
