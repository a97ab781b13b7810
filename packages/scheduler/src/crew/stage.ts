import { endedWords } from '@neb/core-types';
import type { Resource } from '../store.ts';

/** Where a container is in its life, for whoever counts on it: `ended` by itself, `leaving` because it was asked to. */
export type CrewStage = 'starting' | 'ready' | 'ended' | 'leaving';

export function stageOf({ status, deletedAt }: Resource<'Container'>): CrewStage {
  if (deletedAt !== undefined) return 'leaving';
  if (endedWords.includes(status.status)) return 'ended';
  return status.ready ? 'ready' : 'starting';
}

/** Since when it is ready, or when it was last, in milliseconds since the epoch; `undefined` where it is not. */
export function readySince({ status: { ready, conditions, attempt } }: Pick<Resource<'Container'>, 'status'>): number | undefined {
  const since = conditions.find(({ type, status }) => type === 'Ready' && status === 'true')?.since ?? attempt?.started_at;
  return ready && since !== undefined ? Date.parse(since) : undefined;
}

/** How long the last run of a container has lasted, or lasted, in milliseconds. */
export function ranMs({ status: { started_at: from, finished_at: to } }: Pick<Resource<'Container'>, 'status'>, now: number): number {
  return from === undefined ? 0 : (to === undefined ? now : Date.parse(to)) - Date.parse(from);
}
