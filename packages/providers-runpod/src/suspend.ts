import { type Call, type Clock, type InstanceRef, isNebError, NebError, type SaveRequest, type Snapshot, type Suspend, timestamp } from '@neb/core-types';
import type { RunpodClient } from './client.ts';
import { marked, markIn, podOf, savedAs, snapshotRef, variables } from './names.ts';
import type { PodList } from './pod-list.ts';
import type { Pod } from './replies.ts';
import { instanceOf, isGone, isSpot, present } from './translate.ts';

/** What a suspend is made with. */
export interface SuspendSource {
  readonly client: Pick<RunpodClient, 'getPod' | 'renamePod' | 'act'>;
  readonly list: Pick<PodList, 'forget' | 'fresh'>;
  readonly clock: Clock;
}

/**
 * Stops a pod and starts it again: `/workspace` or its volume is kept, its GPU is not, and may be taken when it is wanted back.
 * The stopped pod is the snapshot. That it was us, and for which save, is written into the pod's name first, since a pod that
 * ended looks the same.
 */
export function suspend({ client, list, clock }: SuspendSource): Suspend {
  async function found(ref: InstanceRef, call: Call | undefined): Promise<Pod> {
    call?.signal?.throwIfAborted();
    return present(await client.getPod(ref, call?.signal), ref);
  }

  return {
    keeps: 'disk',
    forks: false,

    async refusal(ref, request, call) {
      return refusalOf(await found(ref, call), request)?.message;
    },

    async save(ref, request, call) {
      const pod = await found(ref, call);
      const { id, name, status } = pod;
      const mark = markIn(name);
      if (mark.kind === 'resumed' && mark.key === request.key) return { ...snapshotOf(pod, request.key), state: 'ready' };
      const refusal = refusalOf(pod, request);
      if (refusal) throw refusal;
      await client.renamePod(id, marked(name, { kind: 'suspended', key: request.key }), call?.signal);
      if (status !== 'EXITED') await client.act(id, 'stop', call?.signal);
      list.forget();
      return { ...snapshotOf(pod, request.key), takenAt: timestamp(clock.now()) };
    },

    async snapshot(ref, call) {
      call?.signal?.throwIfAborted();
      const { id, key } = podOf(ref);
      const pod = await client.getPod(id, call?.signal);
      return pod && savedAs(pod.name) === key && !isGone(pod) ? snapshotOf(pod, key) : undefined;
    },

    async *snapshots({ fleet }, call) {
      call?.signal?.throwIfAborted();
      for (const pod of await list.fresh(call?.signal)) {
        const key = savedAs(pod.name);
        if (key !== undefined && pod.env[variables.fleet] === fleet && !isGone(pod)) yield snapshotOf(pod, key);
      }
    },

    async forget(_ref, call) {
      call?.signal?.throwIfAborted();
    },

    async misfit({ ref }, _offer, call) {
      call?.signal?.throwIfAborted();
      const { id, key } = podOf(ref);
      // Of another platform's snapshot this is no pod's name, and need not be asked about.
      const pod = /^[\w-]+$/.test(id) ? await client.getPod(id, call?.signal) : undefined;
      return pod && savedAs(pod.name) === key ? undefined : 'RunPod goes on only with its own pods, each in its place';
    },

    async restore(ref, { key }, call) {
      const { id, key: saved } = podOf(ref);
      const pod = await found(id, call);
      if (pod.env[variables.key] !== key) throw new NebError('unsupported', `RunPod starts pod ${id} again as what it was, "${pod.env[variables.key] ?? ''}", and not as "${key}"`);
      // One that runs already was started by an earlier call whose answer was lost.
      await client.act(pod.id, 'start', call?.signal).catch((error: unknown) => {
        if (!isNebError(error, 'conflict')) throw error;
      });
      const started = await client.renamePod(pod.id, marked(pod.name, { kind: 'resumed', key: saved }), call?.signal);
      list.forget();
      return instanceOf(started);
    },
  };
}

function refusalOf(pod: Pod, { then, for: audience }: SaveRequest): NebError | undefined {
  const { kind } = markIn(pod.name);
  // To start one again is a bid anew, which a suspend must not be.
  if (isSpot(pod)) return new NebError('unsupported', `pod ${pod.id} may be interrupted, and RunPod does not keep such a pod suspended`);
  if (then === 'run') return new NebError('unsupported', 'RunPod keeps the disk of a pod by stopping it, and takes no snapshot of one that runs on');
  if (audience === 'any') return new NebError('unsupported', 'RunPod goes on with a stopped pod in its place only; it neither forks nor moves it');
  if (kind === 'exit' || (pod.status === 'EXITED' && kind !== 'suspended')) return new NebError('conflict', `pod ${pod.id} has ended already`);
  return undefined;
}

function snapshotOf(pod: Pod, key: string): Snapshot {
  return { ref: snapshotRef(pod.id, key), key, of: pod.env[variables.key] ?? '', state: pod.status === 'EXITED' ? 'ready' : 'saving', keeps: 'disk', made: {} };
}
