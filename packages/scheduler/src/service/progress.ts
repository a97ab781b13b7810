import { type ServiceRevision, type ServiceStatus, timestamp } from '@neb/core-types';
import { type Member, staying } from './members.ts';

/** How far an update has come: what its status keeps of it. */
export type Progress = { readonly [Field in 'progress_at' | 'progress_ready' | 'looked_at']: ServiceStatus[Field] | undefined };

export interface Judged {
  readonly outcome: ServiceRevision['outcome'];
  readonly progress: Progress;
}

export interface ProgressFacts {
  /** As the last look left it. */
  readonly status: Pick<ServiceStatus, keyof Progress>;
  readonly outcome: ServiceRevision['outcome'];
  /** Told by the latest revision. */
  readonly members: readonly Member[];
  readonly desired: number;
  readonly deadlineMs: number;
  readonly now: number;
}

/** How much may lie between two looks before nobody is said to have looked meanwhile. */
const unseenMs = 60_000;
/** How often it is written that somebody looked. */
const noteMs = 20_000;

const none: Progress = { progress_at: undefined, progress_ready: undefined, looked_at: undefined };

/**
 * Whether the latest revision is good, failed or still on its way. It comes on when more of its replicas can be relied on than ever were at once; one that
 * crashes again and again so never does. While none is wanted, or nobody looks, no time passes. Pure.
 */
export function judge({ status, outcome, members, desired, deadlineMs, now }: ProgressFacts): Judged {
  if (outcome === 'good' || desired === 0) return { outcome, progress: none };
  const at = staying(members);
  const ready = at.filter(({ current, trusted }) => current && trusted).length;
  if (ready >= desired && at.every(({ current }) => current)) return { outcome: 'good', progress: none };
  const { progress_at, progress_ready, looked_at } = status;
  const most = progress_ready ?? 0;
  const since = progress_at === undefined ? now : Date.parse(progress_at);
  const looked = looked_at === undefined ? now : Date.parse(looked_at);
  const gap = now - looked;
  const isUnseen = Math.abs(gap) > unseenMs;
  const hasComeOn = ready > most;
  const from = hasComeOn ? now : isUnseen ? Math.min(since + gap, now) : since;
  const isNoted = progress_at !== undefined && !hasComeOn && !isUnseen && Math.abs(gap) < noteMs;
  const progress = isNoted ? { progress_at, progress_ready, looked_at } : { progress_at: timestamp(from), progress_ready: Math.max(ready, most), looked_at: timestamp(now) };
  return { outcome: now - from >= deadlineMs ? 'failed' : outcome, progress };
}
