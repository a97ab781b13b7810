import { addMoney, type Attempt, compareMoney, type ContainerStatus, durationMs, inDollars, retryBudget } from '@neb/core-types';
import type { Resource } from '../store.ts';
import type { Tuning } from '../world.ts';
import { costOfTerms } from './terms.ts';

/** Why a container is not tried again: both words of `status.reason`. */
export type GaveUp = 'RetryCost' | 'RetryTime';

const gaveUpWords: readonly string[] = ['RetryCost', 'RetryTime'] satisfies readonly GaveUp[];

/** Whether it ended because it was tried enough, so that more budget makes it go on. */
export function hasGivenUp({ status, reason = '' }: ContainerStatus): boolean {
  return status === 'failed' && gaveUpWords.includes(reason);
}

/** What an attempt costs until `now`; `undefined` where nothing is known to have been bought. */
export function costUntil(attempt: Attempt, now: number): string | undefined {
  return attempt.ref === undefined && attempt.started_at === undefined ? undefined : costOfTerms(attempt, now);
}

/** What of a container's money is gone once `attempt` has come to nothing. */
export function wastedWith({ wasted }: ContainerStatus, { cost, price_per_hour: price, started_at: from, ended_at: to }: Attempt, { restartResetMs }: Tuning): ContainerStatus['wasted'] {
  if (cost === undefined || cost === '0') return wasted;
  const { launches, runs, price_per_hour: dearest } = wasted ?? { launches: '0', runs: '0', price_per_hour: '0' };
  const ranMs = from === undefined || to === undefined ? 0 : Date.parse(to) - Date.parse(from);
  const sum = ranMs < restartResetMs ? { launches: addMoney(launches, cost), runs } : { launches, runs: addMoney(runs, cost) };
  return { ...sum, price_per_hour: compareMoney(price, dearest) > 0 ? price : dearest };
}

/** How long a container that is tried to be run may still be; `undefined` where it may be for ever, or is not tried. */
export function retryTimeLeft({ spec: { retry }, status: { tried_since: since } }: Resource<'Container'>, now: number): number | undefined {
  return retry?.max_time === undefined || since === undefined ? undefined : Date.parse(since) + durationMs(retry.max_time) - now;
}

/** Why it is not tried again, if it is not; `last` says what went wrong before. Pure. */
export function giveUp(container: Resource<'Container'>, { now, last }: { readonly now: number; readonly last?: string | undefined }): { readonly reason: GaveUp; readonly message: string } | undefined {
  const { spec: { retry }, status } = container;
  const { used, limit, isSpent } = retryBudget(container.spec, status);
  const after = last === undefined || last === '' ? '' : `; the last: ${last}`;
  if (isSpent) {
    const bound = retry?.max_cost === undefined ? `the ${inDollars(limit)} that ten hours cost at its price; set retry.max_cost` : `retry.max_cost of ${inDollars(limit)}; raise it`;
    return { reason: 'RetryCost', message: `not tried again: tries that came to nothing cost ${inDollars(used)}, which reaches ${bound} to go on${after}` };
  }
  const left = retryTimeLeft(container, now);
  if (left === undefined || left > 0) return undefined;
  return { reason: 'RetryTime', message: `not tried again: it has been without a run for its retry.max_time of ${retry?.max_time}; raise it to go on${after}` };
}

/** How much of the budget is used, where an attempt that cost something used some of it: for an event. */
export function budgetNote(container: Pick<Resource<'Container'>, 'spec'>, status: ContainerStatus): string {
  const { cost } = status.attempt ?? {};
  if (cost === undefined || cost === '0') return '';
  const { used, limit } = retryBudget(container.spec, status);
  return ` (it cost ${inDollars(cost)}; of ${inDollars(limit)} that tries may waste, ${inDollars(used)} used)`;
}
