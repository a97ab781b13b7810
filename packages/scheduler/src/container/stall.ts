import { type Backoff, type ContainerStatus, type ContainerWord, endedWords, growing, isNebError, messageOf, timestamp } from '@neb/core-types';
import type { Resource } from '../store.ts';
import { tell } from '../tell.ts';
import { camelCase } from './outcome.ts';
import { judged, patched, type StatusPatch, type Verdict } from './verdict.ts';

/** Something that is in the way, and may not be for long. */
export interface Obstacle {
  /** One CamelCase word. */
  readonly reason: string;
  readonly message: string;
}

/** What `platform` threw, as an obstacle; thrown on where it is the pass that is being cut off. */
export function blocked(error: unknown, { platform, signal }: { platform: string; signal: AbortSignal }): { readonly obstacle: Obstacle; readonly afterMs: number | undefined } {
  if (signal.aborted && !isNebError(signal.reason, 'timeout')) throw error;
  if (signal.aborted) return { obstacle: { reason: 'Timeout', message: `${platform} does not answer in time` }, afterMs: undefined };
  const [code, afterMs] = isNebError(error) ? [error.code, error.retryAfterMs] : ['internal', undefined];
  return { obstacle: { reason: camelCase(code), message: messageOf(error) }, afterMs };
}

/** Words of containers that something is tried for. */
const trying: readonly ContainerWord[] = ['pending', 'queued', 'creating', 'restarting'];

/** `container` held up by `obstacle`: in its status and an event at once. What a container that has ended says of its end stays. */
export function stalled(container: Resource<'Container'>, { reason, message }: Obstacle, now: number): Verdict {
  const word = container.status.status;
  const since = trying.includes(word) ? { tried_since: container.status.tried_since ?? timestamp(now) } : {};
  const says: StatusPatch = endedWords.includes(word) ? {} : { status: word === 'queued' ? 'pending' : word, message, reason, ...since };
  const conditions = judged(container, now, { type: 'Stalled', status: 'true', reason, message });
  const told = container.status.conditions.some((c) => c.type === 'Stalled' && c.status === 'true' && c.message === message);
  return {
    status: patched(container.status, { ...says, conditions }),
    events: told ? [] : [tell(container, 'warning', [reason, message])],
  };
}

/** How long to wait before trying again: longer, the longer it has been in the way. */
export function stallMs(status: ContainerStatus, { now, stall }: { readonly now: number; readonly stall: Backoff }): number {
  const since = status.conditions.find((c) => c.type === 'Stalled')?.since;
  return growing(since === undefined ? 0 : Math.max(0, now - Date.parse(since)), stall);
}

/** A container that cannot be launched as it is specified: only another specification changes that. */
export function unlaunchable(container: Resource<'Container'>, { reason, message }: Obstacle, now: number): Verdict {
  const conditions = judged(container, now, { type: 'Placed', status: 'false', reason, message }, { type: 'Ready', status: 'false', reason, message });
  return {
    // Without the last attempt, whose fingerprint would tell of a change that was refused already.
    status: patched(container.status, { status: 'failed', ready: false, message, reason, attempt: undefined, finished_at: timestamp(now), next_attempt_at: undefined, tried_since: undefined, conditions }),
    events: [tell(container, 'warning', [reason, message])],
  };
}
