import { type StreamGroup, timestamp } from '@neb/core-types';
import { deletion, goingMs } from '../deletion.ts';
import type { Change, Resource } from '../store.ts';
import { tell } from '../tell.ts';
import type { Again } from '../work/controller.ts';
import type { World } from '../world.ts';
import { containersOf } from './containers-of.ts';
import { saying, streamFinalizer, written } from './status.ts';

/** Ends a processor that is to be deleted: its workers, then its stream with all messages, then itself. */
export async function removeProcessor({ store, clock, streams }: World, processor: Resource<'Processor'>, signal: AbortSignal): Promise<Again | void> {
  const { status: { stream, group } } = processor;
  const of: StreamGroup = { stream, group };
  const containers = await containersOf(store, processor, signal);
  if (containers.length > 0) {
    const asks = containers.filter((one) => one.deletedAt === undefined).flatMap((one) => deletion(one, clock.now()));
    const count = containers.length;
    const status = saying(processor, {
      status: 'deleting', message: `${count} of its workers ${count === 1 ? 'is' : 'are'} being removed`, replicas: { desired: 0, ready: 0, starting: 0, draining: count },
    }, { now: clock.now() });
    const changes = [...written(processor, status), ...asks];
    if (changes.length > 0) await store.commit(changes);
    return { afterMs: goingMs(processor, clock.now()) };
  }
  if (processor.finalizers.includes(streamFinalizer)) await streams?.forget(of, processor, { signal });
  const status = saying(processor, { status: 'deleted', message: undefined, replicas: { desired: 0, ready: 0, starting: 0, draining: 0 } }, { now: clock.now() });
  const finalizers = processor.finalizers.filter((one) => one !== streamFinalizer);
  await store.commit([
    { do: 'put', resource: { ...processor, status, finalizers, goneAt: timestamp(clock.now()) } },
    { do: 'tell', event: tell(processor, 'normal', ['Deleted', 'it is gone']) },
    ...(await wakeNamespace(store, processor)),
  ]);
}

/** One that is being deleted waits for what is in it. */
async function wakeNamespace(store: World['store'], { namespace }: Resource): Promise<readonly Change[]> {
  const space = await store.find({ kind: 'Namespace', namespace: '', name: namespace });
  return space?.deletedAt !== undefined && space.goneAt === undefined ? [{ do: 'wake', kind: 'Namespace', id: space.id }] : [];
}
