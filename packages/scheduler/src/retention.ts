import { isNebError, type Kind, timestamp } from '@neb/core-types';
import type { Resource } from './store.ts';
import { tuned, type World } from './world.ts';

const everyMs = 3_600_000;
const retryMs = 60_000;
const kinds: readonly Kind[] = ['Container', 'Secret', 'Namespace', 'Processor', 'Service', 'Snapshot', 'Budget'];

/** Forgets now and again what has been over for the retention time, until `signal` aborts. */
export async function runRetention(world: World, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let restMs = everyMs;
    try {
      await forgetOld(world, signal);
    } catch (error) {
      world.observer?.onTrouble?.('retention', error);
      restMs = retryMs;
    }
    await world.clock.sleep(restMs, signal);
  }
}

/**
 * Drops every object that went, or ended and was left lying, before the retention time, with its events, attempts and logs;
 * answers how many. What may still have something outside the store stays.
 */
async function forgetOld(world: World, signal: AbortSignal): Promise<number> {
  const { store, clock } = world;
  const before = timestamp(clock.now() - tuned(world.tuning).retentionMs);
  let forgotten = 0;
  for (const kind of kinds) {
    let old: readonly Resource[];
    do {
      signal.throwIfAborted();
      old = await store.forgettable(kind, before);
      forgotten += await drop(old);
    } while (old.length > 0);
  }
  return forgotten;

  async function drop(old: readonly Resource[]): Promise<number> {
    if (old.length === 0) return 0;
    try {
      await store.commit(old.map((resource) => ({ do: 'drop', resource })));
      return old.length;
    } catch (error) {
      // Someone touched one of them: the next look tells which are still old.
      if (isNebError(error, 'conflict')) return 0;
      throw error;
    }
  }
}
