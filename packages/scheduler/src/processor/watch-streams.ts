import { type Backoff, doubling, isNebError, jittered, paginate, type StreamGroup } from '@neb/core-types';
import type { Resource } from '../store.ts';
import type { World } from '../world.ts';

const again: Backoff = { firstMs: 500, maxMs: 30_000 };
/** A message that its processor has not started a worker for is told of again. */
const retellMs = 1_000;

/** Wakes processors that have no worker when a message comes, until `signal` aborts. */
export async function watchStreams(world: World, signal: AbortSignal): Promise<void> {
  const { store, streams, clock, random, observer } = world;
  if (!streams) return;
  const asleep = new Map<string, StreamGroup>();
  await using watch = streams.watch((of) => void wake(of.group));
  let failures = 0;
  while (!signal.aborted) {
    try {
      const after = await store.cursor();
      for await (const processor of paginate((cursor) => store.list({ kind: 'Processor', limit: 1_000, cursor }))) note(processor.id, processor);
      failures = 0;
      for await (const { kind, id } of store.changes({ after, signal })) if (kind === 'Processor') note(id, await store.get('Processor', id));
    } catch (error) {
      if (signal.aborted) break;
      if (!isNebError(error, 'expired')) observer?.onTrouble?.('watching processors', error);
      await clock.sleep(jittered(doubling(failures++, again), random), signal);
    }
  }

  function note(id: string, processor: Resource<'Processor'> | undefined): void {
    const known = asleep.get(id);
    if (processor && isAsleep(processor)) {
      const of = { stream: processor.status.stream, group: processor.status.group };
      asleep.set(id, of);
      watch.add(of);
    } else if (known) {
      asleep.delete(id);
      watch.remove(known);
    }
  }

  /** The group of a processor is called by its id. */
  async function wake(id: string): Promise<void> {
    try {
      await store.commit([{ do: 'wake', kind: 'Processor', id }]);
    } catch (error) {
      observer?.onTrouble?.('waking a processor', error);
    }
    await clock.sleep(retellMs, signal);
    const of = asleep.get(id);
    if (of && !signal.aborted) watch.add(of);
  }
}

function isAsleep({ status, deletedAt, goneAt }: Resource<'Processor'>): boolean {
  return status.status === 'idle' && deletedAt === undefined && goneAt === undefined;
}
