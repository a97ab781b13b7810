import { type Attempt, type Backoff, budgetReached, compareMoney, type ContainerSpec, durationMs, endedWords, formatDuration, growing, type Instance, type InstanceRef, type Random, timestamp } from '@neb/core-types';
import { isUnjudged } from '../resource-facts.ts';
import type { Resource } from '../store.ts';
import type { Tuning } from '../world.ts';
import { tell } from '../tell.ts';
import { launchFingerprint } from './fingerprint.ts';
import { observedPaused, observedPending, observedReturning, observedRunning } from './observed.ts';
import { afterEnd, anew, type End, gone, refusals, type StopReason } from './outcome.ts';
import { ranMs } from './run-clock.ts';
import { costUntil, giveUp, hasGivenUp, retryTimeLeft, wastedWith } from './retries.ts';
import { sighted } from './sighted.ts';
import { changes, isHeld, isStalled, judged, notStalled, patched, patchedAttempt, providerFinalizer, type Verdict, withinBudget } from './verdict.ts';

/** What a decision rests on. */
export interface View {
  readonly container: Resource<'Container'>;
  /** The instance of the attempt under way, as its platform shows it; `undefined` where it shows none. */
  readonly seen: Instance | undefined;
  readonly now: number;
  /** The same by the platform's own clock, where it tells: what ends there ends by it, whatever ours was set to. */
  readonly platformNow?: number | undefined;
  readonly random: Random;
  readonly tuning: Tuning;
  /** How long the platform may not show what it has created; 0 where it always does. */
  readonly settleMs: number;
  /** Whether the platform tells of changes, so that looking only makes up for what got lost. */
  readonly isTold?: boolean | undefined;
}

/** One thing to do next. A pass does one and looks again, so a crash between two is nothing special. */
export type Step =
  /** Nothing, until asked or until `afterMs` have passed. */
  | { readonly do: 'rest'; readonly afterMs?: number | undefined }
  /** Wait its turn, choose a place, write the intent, ask the platform. */
  | { readonly do: 'launch' }
  /** Ask the platform again for an instance whose intent is written, with the same key. */
  | { readonly do: 'ask' }
  /** Write what is known now; with `keepLog`, also the last lines, since the instance is about to go. */
  | { readonly do: 'write'; readonly verdict: Verdict; readonly keepLog?: boolean | undefined }
  /** Check the health of a running container. */
  | { readonly do: 'probe'; readonly afterMs?: number | undefined }
  | { readonly do: 'delete'; readonly ref: InstanceRef }
  /** Have the platform put it aside, as was asked for. */
  | { readonly do: 'save' }
  /** Have the platform go on with it where it is suspended. */
  | { readonly do: 'resume' }
  /** Choose another place for it, and write that down. */
  | { readonly do: 'move' };

/** How soon after being accepted an instance is looked at before it is worth a write. */
const firstLookMs = 250;
const pulling: Backoff = { firstMs: 1_000, maxMs: 1_000 };
const starting: Backoff = { firstMs: firstLookMs, maxMs: 4_000 };
const startingAndTold: Backoff = { firstMs: 1_000, maxMs: 8_000 };
const unknownMs = 5_000;

/** The next step, from what is wanted and what is there. Pure: every case can be a line in a table of tests. */
export function decide(view: View): Step {
  const { container, seen, now, platformNow = now } = view;
  if (!isHeld(container)) return withoutInstance(view);
  const { attempt } = container.status;
  if (!attempt) return { do: 'write', verdict: released(view, { status: container.status, events: [] }) };
  if (container.deletedAt !== undefined && container.status.status !== 'deleting') return { do: 'write', verdict: deleting(view), keepLog: attempt.ended_at === undefined };
  if (mustGo(container)) return takeAway(view, attempt);
  if (launchesUnlike(attempt, container.spec)) {
    return stop(view, { attempt, reason: 'Replaced', message: 'its specification changed, so it gets a new instance' });
  }
  if (container.status.ending) return stop(view, { attempt, reason: budgetReached, message: container.status.ending.message });
  if (!seen) return absent(view, attempt);
  const dear = tooDear(container.spec, seen);
  if (dear !== undefined) return stop(view, { attempt: sighted(attempt, seen, platformNow), reason: 'PriceAboveMax', message: dear });
  switch (seen.state) {
    // What ran once is only out of sight. Asked too soon, a platform may not find what it shows here, and sell another.
    case 'pending':
      if (container.status.suspended) return returning(view, attempt, seen);
      return seen.isUnattended && attempt.started_at === undefined ? unsettled(view, attempt) ?? { do: 'ask' } : pending(view, attempt, seen);
    case 'running': return toPutAside(container) ?? running(view, attempt, seen);
    case 'suspended': return suspended(view, attempt, seen);
    case 'exited': return end(view, attempt, { how: 'exit', seen });
    case 'failed': return end(view, attempt, { how: 'launch', seen, failure: seen.failure ?? { code: 'internal', message: `${attempt.platform} could not start it and does not say why` } });
    case 'unknown': return { do: 'rest', afterMs: unknownMs };
  }
}

/** Prices change between an offer and its bill. */
function tooDear({ max_price: most }: ContainerSpec, { pricePerHour: price, state }: Instance): string | undefined {
  if (most === undefined || price === undefined || (state !== 'pending' && state !== 'running')) return undefined;
  return compareMoney(price, most) > 0 ? `costs $${price}/h where max_price is $${most}` : undefined;
}

/** Whether the instance of the attempt has to be removed, whatever it does. */
export function mustGo({ deletedAt, status: { attempt } }: Resource<'Container'>): boolean {
  return deletedAt !== undefined || attempt?.ended_at !== undefined || attempt?.reason !== undefined;
}

/** Milliseconds of running until the container's time is up; `undefined` where it has no timeout or does not run. */
export function timeLeft({ spec, status }: Resource<'Container'>, now: number): number | undefined {
  const ran = status.attempt?.started_at === undefined ? undefined : ranMs(status, now);
  return spec.timeout === undefined || ran === undefined ? undefined : durationMs(spec.timeout) - ran;
}

function withoutInstance(view: View): Step {
  const { container, now, tuning } = view;
  const { status, spec } = container;
  if (container.goneAt !== undefined) return { do: 'rest' };
  if (container.deletedAt !== undefined) {
    return container.finalizers.length === 0 ? { do: 'write', verdict: released(view, { status, events: [] }) } : { do: 'rest' };
  }
  const isMore = hasGivenUp(status) && isUnjudged(container) && giveUp(container, { now }) === undefined;
  const changed = status.attempt ? launchesUnlike(status.attempt, spec) : isUnjudged(container);
  if (endedWords.includes(status.status)) {
    if (!changed && !isMore) return { do: 'rest' };
    const again = patched(status, { ...anew, ...(isMore && { attempt: status.attempt, wasted: status.wasted }), status: 'pending', message: undefined, reason: undefined, conditions: judged(container, now, ...notStalled(container)) });
    return { do: 'write', verdict: { status: again, events: [] } };
  }
  const enough = giveUp(container, { now, last: status.message });
  if (enough) return { do: 'write', verdict: { status: patched(status, gone(container, enough, now)), events: [tell(container, 'warning', [enough.reason, enough.message])] } };
  const waitMs = status.next_attempt_at === undefined ? 0 : Date.parse(status.next_attempt_at) - now;
  // Longer than any wait can be: the clock was set back.
  const longest = 2 * Math.max(tuning.restart.maxMs, tuning.relaunch.maxMs);
  return waitMs > 0 && waitMs <= longest && !changed ? { do: 'rest', afterMs: Math.min(waitMs, retryTimeLeft(container, now) ?? Infinity) } : { do: 'launch' };
}

function launchesUnlike({ fingerprint }: Attempt, spec: ContainerSpec): boolean {
  return fingerprint !== undefined && fingerprint !== launchFingerprint(spec);
}

function absent(view: View, attempt: Attempt): Step {
  const { container, now, tuning } = view;
  if (attempt.started_at !== undefined) return { do: 'write', verdict: released(view, afterEnd({ ...view, attempt }, { how: 'vanished', aside: container.status.suspended !== undefined })) };
  if (now - Date.parse(attempt.intended_at) > tuning.launchBudgetMs || (retryTimeLeft(container, now) ?? Infinity) <= 0) {
    const failure = { code: 'timeout', message: `${attempt.platform} has not shown it within ${formatDuration(now - Date.parse(attempt.intended_at))}` } as const;
    // Not released: it may be there all the same, and is looked for before another takes its place.
    return { do: 'write', verdict: afterEnd({ ...view, attempt }, { how: 'launch', failure }) };
  }
  return unsettled(view, attempt) ?? { do: 'ask' };
}

/** What was created may not be shown yet. */
function unsettled({ now, settleMs }: View, attempt: Attempt): Step | undefined {
  const sinceMs = now - Date.parse(attempt.asked_at ?? attempt.intended_at);
  return Math.abs(sinceMs) < settleMs ? { do: 'rest', afterMs: Math.min(2_000, settleMs - sinceMs) } : undefined;
}

function pending(view: View, attempt: Attempt, seen: Instance): Step {
  const { container, now, platformNow, isTold } = view;
  const phase = seen.progress?.phase ?? 'starting';
  const ageMs = Math.max(0, now - Date.parse(attempt.intended_at));
  const enough = waiting(view, attempt, seen);
  if (enough) return stop(view, { attempt, ...enough });
  const rest: Step = { do: 'rest', afterMs: growing(ageMs / 4, paceOf(phase, isTold)) };
  // Most instances start at once: then the handle, the start and all else is one write.
  if (attempt.ref === undefined && phase !== 'pulling' && ageMs < firstLookMs) return { do: 'rest', afterMs: firstLookMs };
  const verdict = observedPending({ container, attempt, seen, now, platformNow });
  const wroteMs = now - Date.parse(container.updatedAt);
  const onlyBytes = container.status.progress?.phase === phase && attempt.ref === seen.ref && container.status.status === 'creating';
  if (!changes(container, verdict) || (onlyBytes && wroteMs >= 0 && wroteMs < 1_000)) return rest;
  return { do: 'write', verdict };
}

function paceOf(phase: string, isTold = false): Backoff {
  if (phase === 'pulling') return pulling;
  return isTold ? startingAndTold : starting;
}

/** Whether a launch under way takes longer, or costs more, than tries may. */
function waiting({ container, now, tuning }: View, attempt: Attempt, { ref }: Instance): ReturnType<typeof giveUp> {
  const soFar = patchedAttempt(attempt, { cost: costUntil({ ...attempt, ref }, now) });
  return giveUp({ ...container, status: patched(container.status, { wasted: wastedWith(container.status, soFar, tuning) }) }, { now, last: 'it was still starting' });
}

function running(view: View, attempt: Attempt, seen: Instance): Step {
  const { container, now, platformNow } = view;
  const verdict = observedRunning({ container, attempt, seen, now, platformNow });
  if (changes(container, verdict)) return { do: 'write', verdict };
  const left = timeLeft(container, now);
  if (left !== undefined && left <= 0) return stop(view, { attempt, reason: 'TimedOut', message: `ran longer than its timeout of ${container.spec.timeout}` });
  return container.spec.health_check ? { do: 'probe', afterMs: left } : { do: 'rest', afterMs: left };
}

/** What was asked for besides that it runs. */
function toPutAside({ status: { asked } }: Resource<'Container'>): Step | undefined {
  if (asked?.do === 'suspend') return { do: 'save' };
  return asked?.do === 'move' ? { do: 'move' } : undefined;
}

function suspended(view: View, attempt: Attempt, seen: Instance): Step {
  const { container, now, platformNow } = view;
  const { asked, suspended: kept } = container.status;
  if (asked?.do === 'resume') return { do: 'resume' };
  // It went before its handle was written.
  if (asked?.do === 'suspend' && kept?.key !== asked.key) return { do: 'save' };
  return written(view, observedPaused({ container, attempt, seen, now, platformNow }));
}

function returning(view: View, attempt: Attempt, seen: Instance): Step {
  const { container, now, platformNow } = view;
  const verdict = observedReturning({ container, attempt, seen, now, platformNow });
  if (changes(container, verdict)) return { do: 'write', verdict };
  // Whoever was to have it run again is gone.
  return seen.isUnattended ? { do: 'resume' } : { do: 'rest', afterMs: firstLookMs };
}

function written({ container }: View, verdict: Verdict): Step {
  return changes(container, verdict) ? { do: 'write', verdict } : { do: 'rest' };
}

function end(view: View, attempt: Attempt, how: End): Step {
  return { do: 'write', verdict: afterEnd({ ...view, attempt }, how), keepLog: how.how === 'exit' };
}

/** Writes down that the instance has to go, and why, before anything is done about it. */
function stop(view: View, { attempt, reason, message }: { attempt: Attempt; reason: StopReason; message: string }): Step {
  const { container, now, platformNow = now, seen } = view;
  const status = patched(container.status, {
    ready: false,
    message,
    reason,
    // By its handle it is known to be gone as soon as it is.
    attempt: patchedAttempt(seen && attempt.ref === undefined ? sighted(attempt, seen, platformNow) : attempt, { reason, message }),
    conditions: judged(container, now, { type: 'Ready', status: 'false', reason, message }, ...(reason === budgetReached ? [{ type: withinBudget, status: 'false', reason, message } as const] : [])),
  });
  return { do: 'write', verdict: { status, events: toldAtOnce.includes(reason) ? [tell(container, reason === 'Replaced' ? 'normal' : 'warning', [reason, message])] : [] }, keepLog: true };
}

const toldAtOnce: readonly StopReason[] = ['Replaced', 'PriceAboveMax', budgetReached];

function deleting({ container, now }: View): Verdict {
  const conditions = judged(container, now, { type: 'Ready', status: 'false', reason: 'Deleting', message: '' });
  return {
    status: patched(container.status, { status: 'deleting', ready: false, progress: undefined, next_attempt_at: undefined, conditions }),
    events: [tell(container, 'normal', ['Deleting', 'its instance is being removed'])],
  };
}

/** Whether it was asked for once, and the platform said that there is none: then nothing can show late, and the next place need not wait. */
function wasRefused({ ended_at: endedAt, asked_at: askedAgainAt, reason = '' }: Attempt): boolean {
  return endedAt !== undefined && askedAgainAt === undefined && refusals.includes(reason);
}

function takeAway(view: View, attempt: Attempt): Step {
  const { container, seen, now, platformNow = now } = view;
  // Gone, nothing would tell that it was bought.
  if (seen && attempt.ref === undefined) return { do: 'write', verdict: { status: patched(container.status, { attempt: sighted(attempt, seen, platformNow) }), events: [] } };
  if (seen) return { do: 'delete', ref: seen.ref };
  const waits = attempt.ref === undefined && !wasRefused(attempt) && unsettled(view, attempt);
  if (waits) return waits;
  if (attempt.ended_at === undefined) {
    const reason = (attempt.reason ?? 'Deleted') as StopReason;
    return { do: 'write', verdict: released(view, afterEnd({ ...view, attempt }, { how: 'stopped', reason })) };
  }
  // What was in the way of tidying up no longer is; what failed the launch still may be.
  const tidied = isStalled(container.status) && container.status.status !== 'creating';
  const status = tidied ? patched(container.status, { conditions: judged(container, view.now, ...notStalled(container)) }) : container.status;
  return { do: 'write', verdict: released(view, { status, events: [] }) };
}

/** `verdict`, and that no instance is left: it was seen to be gone. A container that is being deleted is gone with it. */
function released(view: View, verdict: Verdict): Verdict {
  const { container, now, platformNow = now } = view;
  const finalizers = container.finalizers.filter((name) => name !== providerFinalizer);
  const last = verdict.archive ?? verdict.status.attempt;
  if (!isHeld(container) || !last) return departed(view, { ...verdict, finalizers });
  // It was there to its end, whatever the clock was set to since.
  const attempt = patchedAttempt(last, { billed_until: last.billed_until ?? timestamp(Math.max(platformNow, Date.parse(last.ended_at ?? timestamp(platformNow)))) });
  const status = verdict.status.attempt?.number === attempt.number ? patched(verdict.status, { attempt }) : verdict.status;
  return departed(view, { ...verdict, status, finalizers, archive: attempt });
}

function departed({ container, now }: View, free: Verdict): Verdict {
  if (container.deletedAt === undefined || (free.finalizers ?? []).length > 0) return free;
  const conditions = judged({ ...container, status: free.status }, now, { type: 'Ready', status: 'false', reason: 'Deleted', message: '' }, ...notStalled(container));
  const status = patched(free.status, { status: 'deleted', ready: false, message: undefined, progress: undefined, next_attempt_at: undefined, conditions });
  return { ...free, status, goneAt: timestamp(now), events: [...free.events, tell(container, 'normal', ['Deleted', 'it is gone'])] };
}
