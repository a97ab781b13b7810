import { type ContainerStatus, type ContainerWord, timestamp } from '@neb/core-types';
import { patched } from './verdict.ts';

/** For how long the run under way has run, in milliseconds: without the time it was suspended, or stood still while it was moved. `undefined` where nothing has run. */
export function ranMs({ status, attempt, ran }: ContainerStatus, now: number): number | undefined {
  if (!ran) return attempt?.started_at === undefined ? undefined : now - Date.parse(attempt.started_at);
  return ran.ms + (ran.since === undefined || status !== 'running' ? 0 : now - Date.parse(ran.since));
}

/** Words of a run that goes on, now or later. */
const goingOn: readonly ContainerWord[] = ['running', 'paused'];

/** `after`, which follows `before`, with the clock of its run: it stops where the run is put aside, and goes on where that does, here or elsewhere. A new run starts it anew. Pure. */
export function clocked(before: ContainerStatus, after: ContainerStatus, now: number): ContainerStatus {
  if (!goingOn.includes(before.status) || !goingOn.includes(after.status)) return after.ran === undefined ? after : patched(after, { ran: undefined });
  if (before.status === after.status) return after;
  const ms = Math.max(0, ranMs(before, now) ?? 0);
  return patched(after, { ran: after.status === 'paused' ? { ms } : { ms, since: timestamp(now) } });
}
