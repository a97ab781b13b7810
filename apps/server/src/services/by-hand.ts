import { type Clock, NebError, timestamp } from '@neb/core-types';
import type { Change, Resource, Store } from '@neb/scheduler';
import type { Caller, Ref } from '@neb/sdk/contract';
import { seenBy } from '../auth/view-of.ts';
import { type Access, put, retried } from './access.ts';
import { deedTo, type Recorder } from './audit.ts';
import { titleOf } from './views.ts';

type Scaled = 'Processor' | 'Service';

export interface ByHandOptions<K extends Scaled, T> {
  readonly kind: K;
  readonly view: (resource: Resource<K>) => T;
  readonly store: Store;
  readonly access: Access;
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** What each of its containers is called, such as `replica`. */
  readonly each: string;
}

/** What a change comes to, and what its event says. */
export interface Told<K extends Scaled> {
  readonly after: Resource<K>;
  readonly reason: string;
  readonly message: string;
}

export interface ByHand<K extends Scaled, T> {
  /** Writes what `change` makes of it, wakes the control loop, tells why, and keeps record. */
  changed(who: Caller, ref: Ref, change: (resource: Resource<K>) => Promise<Told<K>> | Told<K>): Promise<T>;
  /** Keeps so many containers; lets the autoscaler decide again if absent. */
  scale(who: Caller, wanted: { readonly ref: Ref; readonly replicas?: number | undefined }): Promise<T>;
}

/** What somebody asks for of a kind that runs several containers, beside its manifest. */
export function byHand<K extends Scaled, T>({ kind, view, store, access, recorder, clock, each }: ByHandOptions<K, T>): ByHand<K, T> {
  const changed: ByHand<K, T>['changed'] = (who, ref, change) => retried(async () => {
    const found = await access.need(who, 'update', { kind, ref });
    if (found.deletedAt !== undefined) throw new NebError('conflict', `${titleOf(found)} is being deleted`, { details: { final: true } });
    const { namespace, name, id } = found;
    const { after, reason, message } = await change(found);
    const more: readonly Change[] = [{ do: 'wake', kind, id }, { do: 'tell', event: { type: 'normal', reason, message, object: { kind, namespace, name, id } } }];
    const written = await put(seenBy(who, store), { ...after, updatedAt: timestamp(clock.now()) }, ...more);
    await recorder.done(who, deedTo('update', written));
    return view(written);
  });

  return {
    changed,
    scale: (who, { ref, replicas }) => changed(who, ref, (found) => {
      const { pinned: _, ...status } = found.status;
      const message = replicas === undefined ? `${who.id} lets the autoscaler decide` : `${who.id} asked for ${replicas} ${each}s`;
      return { after: { ...found, status: { ...status, ...(replicas !== undefined && { pinned: replicas }) } as typeof found.status }, reason: 'ScaledByHand', message };
    }),
  };
}
