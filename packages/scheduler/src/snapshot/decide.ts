import { type Condition, durationMs, endedWords, type Snapshot, snapshotTtl, type SnapshotStatus, timestamp, withCondition } from '@neb/core-types';
import { present } from '../present.ts';
import type { NewEvent, Resource } from '../store.ts';
import { tell } from '../tell.ts';
import { seenFacts } from './facts.ts';

/** What a decision about a snapshot rests on. */
export interface SnapshotView {
  readonly snapshot: Resource<'Snapshot'>;
  /** The container it is to be taken of; `undefined` where there is none. */
  readonly source: Resource<'Container'> | undefined;
  /** The snapshot as its platform has it; `undefined` where it has none. */
  readonly seen: Snapshot | undefined;
  /** Those of the containers it is kept for that have not gone on from it yet. */
  readonly waiting: readonly Resource<'Container'>[];
  readonly now: number;
}

/** What is written at once. */
export interface SnapshotVerdict {
  readonly status: SnapshotStatus;
  readonly finalizers?: readonly string[] | undefined;
  readonly deletedAt?: string | undefined;
  readonly goneAt?: string | undefined;
  readonly events: readonly NewEvent[];
}

export type SnapshotStep =
  | { readonly do: 'rest'; readonly afterMs?: number | undefined }
  | { readonly do: 'write'; readonly verdict: SnapshotVerdict }
  /** Ask the platform to save, which it does once, however often it is asked; then look again, after a while where it is under way. */
  | { readonly do: 'save'; readonly afterMs?: number }
  | { readonly do: 'forget'; readonly ref: Snapshot['ref'] };

/** The finalizer of snapshots that may be on a platform. */
const snapshotFinalizer = 'provider';
const pollMs = 250;
const lookMs = 5_000;

/** The next step of a snapshot. Pure. */
export function decideSnapshot(view: SnapshotView): SnapshotStep {
  const { snapshot, source, seen, waiting, now } = view;
  const { status, deletedAt, goneAt, finalizers } = snapshot;
  if (goneAt !== undefined) return { do: 'rest' };
  if (deletedAt !== undefined) {
    if (seen) return { do: 'forget', ref: seen.ref };
    const conditions = judged(view, { status: 'false', reason: 'Deleted', message: '' });
    return { do: 'write', verdict: { status: patch(status, { status: 'deleted', progress: undefined, message: undefined, conditions }), finalizers: [], goneAt: timestamp(now), events: [tell(snapshot, 'normal', ['Deleted', 'it is gone'])] } };
  }
  if (status.status === 'ready') return ready(view);
  if (status.status === 'failed') return isUnneeded(view) ? remove(view, 'nobody waits for it') : rest(view, lookMs);
  if (finalizers.length === 0) return begin(view, source);
  if (!seen) return { do: 'save' };
  switch (seen.state) {
    case 'saving': {
      const progress = { phase: 'saving' as const, ...(seen.doneBytes !== undefined && { done_bytes: seen.doneBytes }), ...(seen.sizeBytes !== undefined && { total_bytes: seen.sizeBytes }), since: status.progress?.since ?? timestamp(now) };
      // Whoever was at it may have died over it: asked again, the platform goes on where that was.
      const isNews = status.ref !== seen.ref || status.progress?.done_bytes !== progress.done_bytes;
      const wroteMs = Math.abs(now - Date.parse(snapshot.updatedAt));
      return isNews && (status.ref !== seen.ref || wroteMs >= 1_000) ? { do: 'write', verdict: { status: patch(status, { ...seenFacts(seen), progress }), events: [] } } : { do: 'save', afterMs: pollMs };
    }
    case 'failed': return { do: 'write', verdict: failed(view, seen.failure?.message ?? `${status.platform} could not save it and does not say why`) };
    case 'ready': {
      const conditions = judged(view, { status: 'true', reason: 'Ready', message: '' });
      return { do: 'write', verdict: { status: patch(status, { ...seenFacts(seen), status: 'ready', progress: undefined, message: undefined, expires_at: expiry(view), conditions }), events: [tell(snapshot, 'normal', ['Saved', `saved on ${status.platform}`])] } };
    }
  }
  return waiting.length > 0 ? { do: 'rest', afterMs: pollMs } : { do: 'rest' };
}

/** What becomes of one that cannot be taken. */
export function failed(view: SnapshotView, message: string): SnapshotVerdict {
  const { snapshot } = view;
  const conditions = judged(view, { status: 'false', reason: 'Failed', message });
  return { status: patch(snapshot.status, { status: 'failed', message, progress: undefined, expires_at: expiry(view), conditions }), events: [tell(snapshot, 'warning', ['Failed', message])] };
}

/** The platform and the instance are written down before it is asked. */
function begin(view: SnapshotView, source: Resource<'Container'> | undefined): SnapshotStep {
  const { snapshot, now } = view;
  const { status, spec, finalizers } = snapshot;
  const attempt = source?.status.attempt;
  // It ran when this was asked for, and will again, here or elsewhere.
  if (source && source.deletedAt === undefined && isOnItsWay(source)) return { do: 'rest', afterMs: pollMs };
  if (!source || source.goneAt !== undefined || source.deletedAt !== undefined || attempt?.ref === undefined || source.status.status !== 'running') {
    const is = !source || source.goneAt !== undefined ? 'is not there' : `is ${source.status.status}`;
    return { do: 'write', verdict: failed(view, `container ${spec.container} ${is}, and only what runs can be saved`) };
  }
  const { platform, region, key, ref } = attempt;
  return { do: 'write', verdict: { status: patch(status, { status: 'saving', platform, region, of: key, instance: ref, container_id: source.id, progress: { phase: 'saving', since: timestamp(now) } }), finalizers: [...finalizers, snapshotFinalizer], events: [] } };
}

function isOnItsWay({ status: { move, asked } }: Resource<'Container'>): boolean {
  return asked?.do === 'move' || (move !== undefined && move.phase !== 'leaving');
}

function ready(view: SnapshotView): SnapshotStep {
  const { snapshot, seen, waiting, now } = view;
  const { status } = snapshot;
  if (!seen && status.archive === undefined) return { do: 'write', verdict: failed(view, `${status.platform} no longer has it`) };
  if (isUnneeded(view)) return remove(view, 'whoever was to go on from it has');
  const left = status.expires_at === undefined ? Infinity : Date.parse(status.expires_at) - now;
  if (left <= 0 && waiting.length === 0) return remove(view, `its time of ${snapshot.spec.ttl ?? snapshotTtl} is over`);
  return rest(view, Math.max(lookMs, Math.min(left, 60_000)));
}

function rest({ snapshot: { spec } }: SnapshotView, longMs: number): SnapshotStep {
  return { do: 'rest', afterMs: spec.for_containers ? 1_000 : longMs };
}

/** Whether it was taken for containers that all went on from it, or came to nothing. */
function isUnneeded({ snapshot: { spec }, waiting }: SnapshotView): boolean {
  return spec.for_containers !== undefined && waiting.length === 0;
}

/** Whether a container may yet go on from a snapshot. */
export function mayGoOn({ goneAt, deletedAt, status }: Resource<'Container'>): boolean {
  return goneAt === undefined && deletedAt === undefined && status.started_at === undefined && !endedWords.includes(status.status);
}

function remove({ snapshot, now }: SnapshotView, why: string): SnapshotStep {
  const status = patch(snapshot.status, { status: 'deleting' });
  return { do: 'write', verdict: { status, deletedAt: timestamp(now), events: [tell(snapshot, 'normal', ['Deleting', `it is removed, since ${why}`])] } };
}

function expiry({ snapshot: { spec, status }, now }: SnapshotView): string {
  return status.expires_at ?? timestamp(now + durationMs(spec.ttl ?? snapshotTtl));
}

function judged({ snapshot: { status, generation }, now }: SnapshotView, is: Pick<Condition, 'status' | 'reason' | 'message'>): Condition[] {
  return [...withCondition(status.conditions, { type: 'Ready', ...is, generation }, timestamp(now))];
}

function patch(status: SnapshotStatus, over: { readonly [Field in keyof SnapshotStatus]?: SnapshotStatus[Field] | undefined }): SnapshotStatus {
  return present({ ...status, ...over } as SnapshotStatus);
}
