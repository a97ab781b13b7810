import { type Clock, isNebError, NebError, type Suspend, timestamp } from '@neb/core-types';
import type { RunpodClient } from './client.ts';
import { marked, markIn, variables } from './names.ts';
import type { PodList } from './pod-list.ts';
import { instanceOf, isSpot, present } from './translate.ts';

/** What a suspend is made with. */
export interface SuspendSource {
  readonly client: Pick<RunpodClient, 'getPod' | 'renamePod' | 'act'>;
  readonly list: Pick<PodList, 'forget'>;
  readonly clock: Clock;
}

/**
 * Stops a pod and starts it again: `/workspace` or its volume is kept, its GPU is not, and may be taken when it is wanted back.
 * That it was us is written into the pod's name first, since a pod that ended looks the same.
 */
export function suspend({ client, list, clock }: SuspendSource): Suspend {
  return {
    keeps: 'disk',
    forks: false,
    async save(ref, call) {
      const signal = call?.signal;
      signal?.throwIfAborted();
      const pod = present(await client.getPod(ref, signal), ref);
      const { id, name, status } = pod;
      // To start one again is a bid anew, which a suspend must not be.
      if (isSpot(pod)) throw new NebError('unsupported', `pod ${ref} may be interrupted, and RunPod does not keep such a pod suspended`);
      const mark = markIn(name).kind;
      if (mark === 'exit' || (status === 'EXITED' && mark === 'none')) throw new NebError('conflict', `pod ${ref} has ended already`);
      await client.renamePod(id, marked(name, 'suspended'), signal);
      if (status !== 'EXITED') await client.act(id, 'stop', signal);
      list.forget();
      return { id, ref, takenAt: timestamp(clock.now()) };
    },
    async restore({ ref }, { key }, call) {
      const signal = call?.signal;
      signal?.throwIfAborted();
      const pod = present(await client.getPod(ref, signal), ref);
      if (pod.env[variables.key] !== key) throw new NebError('unsupported', `RunPod starts pod ${ref} again as what it was, "${pod.env[variables.key] ?? ''}", and not as "${key}"`);
      // One that runs already was started by an earlier call whose answer was lost.
      await client.act(pod.id, 'start', signal).catch((error: unknown) => {
        if (!isNebError(error, 'conflict')) throw error;
      });
      const started = await client.renamePod(pod.id, marked(pod.name, undefined), signal);
      list.forget();
      return instanceOf(started);
    },
  };
}
