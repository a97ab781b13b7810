import type { StreamGroup } from '@neb/core-types';
import { containersOf } from '../crew/containers-of.ts';
import { deletions, goneWith, leavingWords } from '../crew/removal.ts';
import { written } from '../crew/trouble.ts';
import { goingMs } from '../deletion.ts';
import type { Resource } from '../store.ts';
import type { Again } from '../work/controller.ts';
import type { World } from '../world.ts';
import { saying, streamFinalizer } from './status.ts';

/** Ends a processor that is to be deleted: its workers, then its stream with all messages, then itself. */
export async function removeProcessor(world: World, processor: Resource<'Processor'>, signal: AbortSignal): Promise<Again | void> {
  const { store, clock, streams } = world;
  const { status: { stream, group } } = processor;
  const of: StreamGroup = { stream, group };
  const containers = await containersOf(store, processor, signal);
  if (containers.length > 0) {
    const count = containers.length;
    const status = saying(processor, {
      status: 'deleting', message: leavingWords('worker', count), replicas: { desired: 0, ready: 0, starting: 0, draining: count },
    }, { now: clock.now() });
    const changes = [...written(processor, status), ...deletions(containers, clock.now())];
    if (changes.length > 0) await store.commit(changes);
    return { afterMs: goingMs(processor, clock.now()) };
  }
  if (processor.finalizers.includes(streamFinalizer)) await streams?.forget(of, processor, { signal });
  const status = saying(processor, { status: 'deleted', message: undefined, replicas: { desired: 0, ready: 0, starting: 0, draining: 0 } }, { now: clock.now() });
  const finalizers = processor.finalizers.filter((one) => one !== streamFinalizer);
  await store.commit(await goneWith(world, { ...processor, status, finalizers }));
}
