import { type StreamGroup, timestamp } from '@neb/core-types';
import type { Change, Resource } from '../store.ts';
import { growing } from '../work/backoff.ts';
import type { Again } from '../work/controller.ts';
import type { World } from '../world.ts';
import { containersOf } from './containers-of.ts';
import { saying, streamFinalizer, told, written } from './status.ts';

const draining = { firstMs: 250, maxMs: 5_000 };

/** Ends a processor that is to be deleted: its workers, then its stream with all messages, then itself. */
export async function removeProcessor({ store, clock, streams }: World, processor: Resource<'Processor'>, signal: AbortSignal): Promise<Again | void> {
  const { status: { stream, group }, deletedAt } = processor;
  const of: StreamGroup = { stream, group };
  const containers = await containersOf(store, processor, signal);
  const afterMs = growing(Math.max(0, clock.now() - Date.parse(deletedAt!)), draining);
  if (containers.length > 0) {
    const now = timestamp(clock.now());
    const asks = containers.filter((one) => one.deletedAt === undefined).flatMap((one): Change[] => [{ do: 'put', resource: { ...one, deletedAt: now } }, { do: 'wake', kind: 'Container', id: one.id }]);
    const count = containers.length;
    const status = saying(processor, {
      status: 'deleting', message: `${count} of its workers ${count === 1 ? 'is' : 'are'} being removed`, replicas: { desired: 0, ready: 0, starting: 0, draining: count },
    }, { now: clock.now() });
    const changes = [...written(processor, status), ...asks];
    if (changes.length > 0) await store.commit(changes);
    return { afterMs };
  }
  if (processor.finalizers.includes(streamFinalizer)) await streams?.forget(of, processor, { signal });
  const status = saying(processor, { status: 'deleted', message: undefined, replicas: { desired: 0, ready: 0, starting: 0, draining: 0 } }, { now: clock.now() });
  const finalizers = processor.finalizers.filter((one) => one !== streamFinalizer);
  await store.commit([
    { do: 'put', resource: { ...processor, status, finalizers, goneAt: timestamp(clock.now()) } },
    { do: 'tell', event: told(processor, 'normal', ['Deleted', 'it is gone']) },
    ...(await wakeNamespace(store, processor)),
  ]);
}

/** One that is being deleted waits for what is in it. */
async function wakeNamespace(store: World['store'], { namespace }: Resource): Promise<readonly Change[]> {
  const space = await store.find({ kind: 'Namespace', namespace: '', name: namespace });
  return space?.deletedAt !== undefined && space.goneAt === undefined ? [{ do: 'wake', kind: 'Namespace', id: space.id }] : [];
}
