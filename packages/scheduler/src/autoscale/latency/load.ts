import type { RouteGauge } from '@neb/core-types';
import { toward } from '../flow.ts';
import { finite, type ReplicaView, whole } from '../sample.ts';

/** A gauge and the replicas beside it, with every number finite and at least 0. */
export interface Traffic extends Pick<RouteGauge, 'inFlight' | 'waiting' | 'answered' | 'failed' | 'latenciesMs'> {
  readonly at: number;
  readonly ready: number;
  readonly draining: number;
  readonly starting: ReplicaView['starting'];
}

/** What comes and what becomes of it. Rates are a second. */
export interface Load {
  /** Requests that come: in the last moments, seconds, and minute. */
  readonly coming: { readonly moment: number; readonly recent: number; readonly usual: number };
  /** Requests that are answered, of the last seconds, and of the last few. */
  readonly answered: number;
  readonly answering: number;
  /** The part of the answers that are failures, of the last seconds. */
  readonly failing: number;
  /** For how long it was looked at, in milliseconds, up to the minute that counts. */
  readonly lookedMs: number;
  /** Answers, and the seconds that requests were in a replica's hands meanwhile, all together: of times in which that tells how long a request takes. They fade. */
  readonly hands: { readonly answers: number; readonly seconds: number };
}

export const noLoad: Load = { coming: { moment: 0, recent: 0, usual: 0 }, answered: 0, answering: 0, failing: 0, lookedMs: 0, hands: { answers: 0, seconds: 0 } };

const [momentMs, fewMs, recentMs, usualMs] = [1_000, 3_000, 10_000, 60_000];
const handsMs = 30_000;
const keptAnswers = 50;
/** What makes a mean: so many answers. */
const enoughAnswers = 10;

/** Nothing that comes from outside makes arithmetic go wrong: what is no number counts as 0. Pure. */
export function traffic(gauge: RouteGauge, replicas: Omit<ReplicaView, 'busy'>, now: number): Traffic {
  return {
    at: now,
    inFlight: finite(gauge.inFlight),
    waiting: finite(gauge.waiting),
    answered: finite(gauge.answered),
    failed: Math.min(finite(gauge.failed), finite(gauge.answered)),
    latenciesMs: gauge.latenciesMs.map(finite),
    ready: whole(replicas.ready),
    draining: whole(replicas.draining),
    starting: replicas.starting.map(({ since }) => ({ since: Math.min(finite(since), now) })),
  };
}

/** What of a look is kept for the next. */
export type Before = Pick<Traffic, 'at' | 'inFlight' | 'waiting' | 'ready'>;

/** Requests that came in between. Those that their callers gave up are no answer and count less. Pure. */
export function came(before: Before, seen: Traffic): number {
  return Math.max(0, seen.answered + seen.inFlight + seen.waiting - before.inFlight - before.waiting);
}

/** What is known after one more look; `telling` says what tells how long a request keeps a replica busy: how many are in its hands, the times of the answers, or neither, where they queue in it. Of a clock that was set back nothing is learnt. Pure. */
export function learnLoad(load: Load, { before, seen, telling }: { readonly before: Before; readonly seen: Traffic; readonly telling: 'hands' | 'answers' | undefined }): Load {
  const ms = seen.at - before.at;
  if (ms <= 0) return load;
  const seconds = ms / 1_000;
  const lookedMs = Math.min(load.lookedMs + ms, usualMs);
  // Of the first looks the mean, so that they do not begin at nothing.
  const share = (windowMs: number): number => Math.max(1 - Math.exp(-ms / windowMs), ms / Math.max(lookedMs, ms));
  const coming = came(before, seen) / seconds;
  const fading = Math.max(Math.exp(-ms / handsMs), Math.min(1, keptAnswers / Math.max(load.hands.answers, 1)));
  const inHand = telling === 'answers' ? seen.answered * mean(seen.latenciesMs) / 1_000 : seconds * (before.inFlight + seen.inFlight) / 2;
  const hands = { answers: load.hands.answers * fading + seen.answered, seconds: load.hands.seconds * fading + inHand };
  return {
    coming: { moment: toward(load.coming.moment, coming, share(momentMs)), recent: toward(load.coming.recent, coming, share(recentMs)), usual: toward(load.coming.usual, coming, share(usualMs)) },
    answered: toward(load.answered, seen.answered / seconds, share(recentMs)),
    answering: toward(load.answering, seen.answered / seconds, share(fewMs)),
    failing: seen.answered > 0 ? toward(load.failing, seen.failed / seen.answered, share(recentMs)) : load.failing,
    lookedMs,
    hands: telling === undefined ? load.hands : hands,
  };
}

/** How long a replica has a request in its hands, in seconds; `undefined` while too little was seen. Pure. */
export function handSeconds({ hands: { answers, seconds } }: Load): number | undefined {
  return answers >= enoughAnswers && seconds > 0 ? seconds / answers : undefined;
}

/** Whether clearly less is answered than comes, in these few seconds: so it is for a while too where answers begin to take longer. Pure. */
export function isBehind({ answering, coming: { recent } }: Load): boolean {
  return answering < 0.85 * recent;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
