import type { Attempt, Condition, ContainerStatus } from '@neb/core-types';
import { timestamp, withCondition } from '@neb/core-types';
import { isDeepStrictEqual } from 'node:util';
import { present } from '../present.ts';
import type { Change, NewEvent, Resource } from '../store.ts';

/** What a controller has to say about a container: written in one commit, or not at all where nothing changes. */
export interface Verdict {
  readonly status: ContainerStatus;
  readonly finalizers?: readonly string[] | undefined;
  readonly goneAt?: string | undefined;
  readonly events: readonly NewEvent[];
  /** An attempt that is over, whose instance was seen to be gone. */
  readonly archive?: Attempt | undefined;
}

/** The finalizer of containers that may have an instance somewhere. */
export const providerFinalizer = 'provider';

/** The condition that a budget that ended a container leaves behind, until it is launched again. */
export const withinBudget = 'WithinBudget';

/** Whether the container may have an instance somewhere. */
export function isHeld(container: Resource<'Container'>): boolean {
  return container.finalizers.includes(providerFinalizer);
}

export type StatusPatch = { readonly [Field in keyof ContainerStatus]?: ContainerStatus[Field] | undefined };

/** `status` with `patch` over it; a field that is `undefined` goes. */
export function patched(status: ContainerStatus, patch: StatusPatch): ContainerStatus {
  return present({ ...status, ...patch } as ContainerStatus);
}

/** `attempt` with `patch` over it; a field that is `undefined` goes. */
export function patchedAttempt(attempt: Attempt, patch: { readonly [Field in keyof Attempt]?: Attempt[Field] | undefined }): Attempt {
  return present({ ...attempt, ...patch } as Attempt);
}

/** Conditions of `container` with `next` among them. */
export function judged(container: Resource<'Container'>, now: number, ...next: readonly Omit<Condition, 'since' | 'generation'>[]): Condition[] {
  const { generation, status } = container;
  return [...next.reduce((all, one) => withCondition(all, { ...one, generation }, timestamp(now)), status.conditions as readonly Condition[])];
}

/** The condition of a container that gets on; nothing where it never was in trouble. */
export function notStalled({ status }: Resource<'Container'>): readonly Omit<Condition, 'since' | 'generation'>[] {
  return isStalled(status) ? [{ type: 'Stalled', status: 'false', reason: 'Recovered', message: '' }] : [];
}

export function isStalled(status: ContainerStatus): boolean {
  return status.conditions.some(({ type, status }) => type === 'Stalled' && status === 'true');
}

/** Whether writing `verdict` would change anything but the time. */
export function changes(container: Resource<'Container'>, verdict: Verdict): boolean {
  const { status, finalizers, goneAt, archive } = verdict;
  return finalizers !== undefined || goneAt !== undefined || archive !== undefined || !isDeepStrictEqual(present(container.status), present(status));
}

/** `verdict` as one commit. */
export function commitOf(container: Resource<'Container'>, verdict: Verdict, now: number): Change[] {
  const { status, finalizers = container.finalizers, goneAt = container.goneAt, events, archive } = verdict;
  return [
    { do: 'put', resource: { ...container, status, finalizers, goneAt, updatedAt: timestamp(now) } },
    ...(archive ? [{ do: 'archive' as const, containerId: container.id, attempt: archive }] : []),
    ...events.map((event): Change => ({ do: 'tell', event })),
  ];
}
