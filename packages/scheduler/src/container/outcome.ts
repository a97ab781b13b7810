import { type Attempt, budgetReached, type Condition, doubling, errorCodes, type Failure, type Instance, jittered, type Random, timestamp } from '@neb/core-types';
import type { Resource } from '../store.ts';
import type { Tuning } from '../world.ts';
import { tell } from '../tell.ts';
import type { Refused } from './refusals.ts';
import { budgetNote, costUntil, giveUp, type GaveUp, wastedWith } from './retries.ts';
import { costsNoMore, sighted } from './sighted.ts';
import { judged, notStalled, patched, patchedAttempt, type StatusPatch, type Verdict } from './verdict.ts';

/** How an attempt came to its end. `launch` never ran, `ofPlatform` where that is no fault of the container's, and `refused` where the platform will not run it as it is; `vanished` ran and is no longer there, `aside` where it was suspended: then it is not started anew. */
export type End =
  | { readonly how: 'exit'; readonly seen: Instance }
  | { readonly how: 'launch'; readonly failure: Failure; readonly seen?: Instance | undefined; readonly retryAfterMs?: number | undefined; readonly ofPlatform?: boolean | undefined; readonly refused?: readonly Refused[] | undefined; readonly elsewhere?: boolean | undefined }
  | { readonly how: 'vanished'; readonly aside?: boolean | undefined }
  | { readonly how: 'stopped'; readonly reason: StopReason };

/** Why an instance is taken away while it could go on. */
export type StopReason = 'TimedOut' | 'Replaced' | 'PriceAboveMax' | 'Withdrawn' | 'Deleted' | typeof budgetReached | GaveUp;

export interface Ending {
  readonly container: Resource<'Container'>;
  readonly attempt: Attempt;
  readonly now: number;
  /** By the platform's own clock, where it tells. */
  readonly platformNow?: number | undefined;
  readonly random: Random;
  readonly tuning: Tuning;
}

/** What becomes of a container whose attempt has ended: its restart policy decides. */
export function afterEnd(ending: Ending, end: End): Verdict {
  switch (end.how) {
    case 'exit': return afterExit(ending, end.seen);
    case 'launch': return afterFailedLaunch(ending, end);
    case 'vanished': return afterRun(ending, { ok: false, reason: 'Vanished', message: `its instance on ${ending.attempt.platform} is no longer there${end.aside ? ', and what it held while it was suspended is lost' : ''}`, at: observedAt(ending), aside: end.aside });
    case 'stopped': return afterStop(ending, end.reason);
  }
}

/** When something ended of which only this look tells. */
function observedAt({ now, platformNow = now }: Ending): string {
  return timestamp(platformNow);
}

interface Why {
  /** One CamelCase word. */
  readonly reason: string;
  readonly message: string;
}

interface Run extends Why {
  readonly ok: boolean;
  /** RFC 3339. */
  readonly at: string;
  readonly exitCode?: number | undefined;
  readonly seen?: Instance | undefined;
  /** It was suspended: its restart policy is for what runs. */
  readonly aside?: boolean | undefined;
}

function afterExit(ending: Ending, seen: Instance): Verdict {
  const { exitCode, reason } = seen;
  const said = exitCode === undefined ? 'exited, its exit code is not known' : `exited with ${exitCode}`;
  return afterRun(ending, {
    ok: exitCode === 0,
    reason: reason ?? (exitCode === 0 ? 'Completed' : 'Error'),
    message: reason ? `${said} (${reason})` : said,
    at: seen.finishedAt ?? observedAt(ending),
    exitCode,
    seen,
  });
}

function afterRun(ending: Ending, run: Run): Verdict {
  const { container, now, tuning } = ending;
  const attempt = ended(ending, run);
  const restarts = run.aside !== true && (container.spec.restart === 'Always' || (container.spec.restart === 'OnFailure' && !run.ok));
  const told = [tell(container, run.ok ? 'normal' : 'warning', [run.reason === 'Vanished' ? 'Vanished' : 'Exited', run.message])];
  const facts: StatusPatch = { ...over(ending, attempt), exit_code: run.exitCode, reason: run.reason, launch_failures: 0, tried_since: undefined, ...(!run.ok && { wasted: wastedWith(container.status, attempt, tuning) }) };
  const enough = restarts ? gaveUp(ending, facts, run) : undefined;
  if (enough) return { ...enough, events: [...told, ...enough.events] };
  if (!restarts) {
    const word = run.ok ? 'completed' : 'failed';
    const conditions = unready(ending, { reason: run.ok ? 'Completed' : 'Failed', message: run.message });
    return { status: patched(container.status, { ...facts, status: word, message: run.ok ? undefined : run.message, conditions }), events: told };
  }
  const ranMs = Date.parse(run.at) - Date.parse(attempt.started_at ?? run.at);
  const streak = ranMs >= tuning.restartResetMs ? 0 : (container.status.restart_streak ?? 0);
  return {
    status: patched(container.status, {
      ...facts,
      status: 'restarting',
      message: run.message,
      restart_count: container.status.restart_count + 1,
      restart_streak: streak + 1,
      next_attempt_at: timestamp(now + doubling(streak, tuning.restart)),
      conditions: unready(ending, { reason: 'Restarting', message: run.message }),
    }),
    events: [...told, tell(container, run.ok ? 'normal' : 'warning', ['Restarting', `is restarted, as its restart policy ${container.spec.restart} says`])],
  };
}

function afterFailedLaunch(ending: Ending, { failure, seen, retryAfterMs, ofPlatform = false, refused, elsewhere = false }: Extract<End, { how: 'launch' }>): Verdict {
  const { container, now, random, tuning } = ending;
  const { code, message } = failure;
  const reason = camelCase(code);
  const attempt = ended(ending, { reason, message, at: observedAt(ending), seen });
  const facts: StatusPatch = { ...over(ending, attempt), reason, message, launch_failures: container.status.launch_failures + 1, wasted: wastedWith(container.status, attempt, tuning), refused_by: refused ? [...refused] : container.status.refused_by };
  const said = `${message}${budgetNote(container, patched(container.status, facts))}`;
  const goesOn = refused !== undefined && elsewhere;
  if (!errorCodes[code].retry && !ofPlatform && !goesOn) {
    // Where several refused it, each says why.
    const why = refused && refused.length > 1 ? refused.map((one) => `${one.platform}: ${one.message}`).join('; ').replaceAll('.; ', '; ') : message;
    const conditions = unready(ending, { reason, message: why });
    return { status: patched(container.status, { ...facts, status: 'failed', message: why, tried_since: undefined, finished_at: attempt.ended_at, conditions }), events: [tell(container, 'warning', ['Failed', said])] };
  }
  const enough = gaveUp(ending, facts, { message });
  if (enough) return { ...enough, events: [tell(container, 'warning', [reason, said]), ...enough.events] };
  // Where else it may be had is tried at once: what refused it rests by itself.
  const afterMs = retryAfterMs ?? (ofPlatform || goesOn || goesElsewhere(code) ? 0 : jittered(doubling(container.status.launch_failures, tuning.relaunch), random));
  return {
    // Still `creating`, since it keeps its turn in its queue.
    status: patched(container.status, { ...facts, status: 'creating', next_attempt_at: timestamp(now + afterMs), conditions: unready(ending, { reason, message }, afterMs > 0 ? 'stalled' : 'as it was') }),
    events: [tell(container, 'warning', [reason, said])],
  };
}

/** The end of a container that has been tried enough; `undefined` while it may be tried again. */
function gaveUp({ container, now, attempt }: Ending, facts: StatusPatch, { message }: Pick<Why, 'message'>): Verdict | undefined {
  const tried = { ...container, status: patched(container.status, facts) };
  const enough = giveUp(tried, { now, last: message });
  return enough && { status: patched(tried.status, { ...gone(container, enough, now), finished_at: tried.status.attempt?.ended_at ?? attempt.ended_at }), events: [tell(container, 'warning', [enough.reason, enough.message])] };
}

/** What holds of a container that is not tried again. */
export function gone(container: Resource<'Container'>, { reason, message }: Why, now: number): StatusPatch {
  const conditions = judged(container, now, { type: 'Ready', status: 'false', reason, message }, ...notStalled(container));
  return { status: 'failed', ready: false, reason, message, progress: undefined, next_attempt_at: undefined, tried_since: undefined, finished_at: timestamp(now), conditions };
}

function afterStop(ending: Ending, reason: StopReason): Verdict {
  const { container, now, attempt } = ending;
  const message = attempt.message ?? '';
  const last = ended(ending, { reason, message, at: observedAt(ending) });
  const facts: StatusPatch = { ...over(ending, last), reason, message: undefined, conditions: unready(ending, { reason, message }) };
  switch (reason) {
    case 'RetryCost':
    case 'RetryTime':
      return { status: patched(container.status, { ...facts, status: 'failed', message, tried_since: undefined, wasted: wastedWith(container.status, last, ending.tuning) }), events: [tell(container, 'warning', [reason, message])] };
    case 'TimedOut':
      return { status: patched(container.status, { ...facts, status: 'failed', message }), events: [tell(container, 'warning', [reason, message])] };
    case 'Replaced':
      // Still `creating`, since it keeps its turn in its queue.
      return { status: patched(container.status, { ...facts, ...anew, status: 'creating' }), events: [], archive: last };
    case 'PriceAboveMax': {
      const tried: StatusPatch = { ...facts, message, launch_failures: container.status.launch_failures + 1, wasted: wastedWith(container.status, last, ending.tuning) };
      // What it was bought for is no longer on offer there; the next place is tried at once.
      return gaveUp(ending, tried, { message }) ?? { status: patched(container.status, { ...tried, status: 'creating', next_attempt_at: timestamp(now) }), events: [] };
    }
    case 'Withdrawn':
      return { status: patched(container.status, { ...facts, status: 'queued' }), events: [] };
    case budgetReached:
      // What is to run again does so once the budget lets it; until then `launch` says what is in the way.
      return { status: patched(container.status, { ...facts, message, status: container.spec.restart === 'Never' ? 'stopped' : 'pending', launch_failures: 0, tried_since: undefined }), events: [] };
    case 'Deleted':
      return { status: patched(container.status, facts), events: [] };
  }
}

/** What a container that starts over forgets; its attempts are in the ledger. */
export const anew: StatusPatch = { attempt: undefined, restart_count: 0, restart_streak: undefined, launch_failures: 0, next_attempt_at: undefined, exit_code: undefined, tried_since: undefined, wasted: undefined, refused_by: undefined };

/** Whether it says something of a place, and nothing of the container. */
function goesElsewhere(code: Failure['code']): boolean {
  return ofPlaces.includes(code);
}

const ofPlaces: readonly Failure['code'][] = ['no_capacity', 'quota'];

/** The reasons of attempts that a place refused. */
export const refusals: readonly string[] = ofPlaces.map(camelCase);
/** The reasons of attempts that a place is to be known for: those, and that nothing came of it in time. */
export const placeReasons: readonly string[] = [...refusals, camelCase('timeout')];

/** `no_capacity` as `NoCapacity`. */
export function camelCase(code: string): string {
  return code.split('_').map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('');
}

/** The attempt with its end in it; one that ended before stays as it was. */
function ended({ attempt, now, platformNow = now }: Ending, { reason, message, at, exitCode, seen }: Omit<Run, 'ok'>): Attempt {
  if (attempt.ended_at !== undefined) return attempt;
  const ran = exitCode !== undefined || seen?.state === 'exited';
  const known = seen && (attempt.ref === undefined || attempt.ref === seen.ref) ? sighted(attempt, seen, platformNow) : attempt;
  return patchedAttempt(known, {
    started_at: attempt.started_at ?? seen?.startedAt ?? (ran ? at : undefined),
    ended_at: at,
    billed_until: seen && costsNoMore(seen) ? at : undefined,
    cost: costUntil(known, Date.parse(at)),
    exit_code: exitCode,
    reason,
    message: message || undefined,
  });
}

/** What holds of a container between two runs. A launch that failed leaves the last run in sight. */
function over({ container }: Ending, attempt: Attempt): StatusPatch {
  const ran = attempt.started_at !== undefined;
  return {
    attempt,
    ready: false,
    progress: undefined,
    asked: undefined,
    suspended: undefined,
    address: undefined,
    public_ports: undefined,
    health: undefined,
    next_attempt_at: undefined,
    ending: undefined,
    started_at: ran ? attempt.started_at : container.status.started_at,
    finished_at: ran ? attempt.ended_at : container.status.finished_at,
  };
}

/** Not ready, and stalled for that reason, or no longer; or as it was, where the next place is tried before anybody has to wait. */
function unready({ container, now }: Ending, { reason, message }: Why, stall: 'stalled' | 'not' | 'as it was' = 'not'): Condition[] {
  const { status } = container;
  const known = { ...container, status: { ...status, conditions: status.conditions.filter((c) => c.type !== 'Healthy') } };
  const ready = { type: 'Ready', status: 'false', reason, message } as const;
  switch (stall) {
    case 'stalled': return judged(known, now, ready, { type: 'Stalled', status: 'true', reason, message });
    case 'not': return judged(known, now, ready, ...notStalled(container));
    case 'as it was': return judged(known, now, ready);
  }
}
