import { type Backoff, type Bell, doubling, jittered, type Provider } from '@neb/core-types';
import { parseAttemptKey } from './container/attempt-key.ts';
import type { Change } from './store.ts';
import type { World } from './world.ts';

const reconnect: Backoff = { firstMs: 500, maxMs: 30_000 };
/** A watch that lasted this long was connected. */
const connectedMs = 10_000;

/**
 * Wakes containers as their platform tells of changes, until `signal` aborts. What a watch that broke has missed
 * is for the sweep, which `doorbell` asks for whenever the watch starts.
 */
export async function watchProvider(world: World, { provider, doorbell }: { provider: Provider; doorbell: Bell }, signal: AbortSignal): Promise<void> {
  const { store, clock, random, observer } = world;
  const { watch, name } = provider;
  if (!watch) return;
  const wake = waker(world, signal);
  const stopped = new Promise<void>((resolve) => { signal.addEventListener('abort', () => resolve(), { once: true }); });
  let failures = 0;
  while (!signal.aborted) {
    const startedMs = clock.now();
    try {
      const fleet = await store.fleet();
      // Raced, so that a watch which does not heed its signal keeps nobody from stopping.
      await Promise.race([follow(watch({ fleet }, { signal })), stopped]);
    } catch (error) {
      if (!signal.aborted) observer?.onTrouble?.(`watch of ${name}`, error);
    }
    if (clock.now() - startedMs >= connectedMs) failures = 0;
    await clock.sleep(jittered(doubling(failures++, reconnect), random), signal);
  }

  async function follow(watched: AsyncIterable<string>): Promise<void> {
    const keys = watched[Symbol.asyncIterator]();
    const first = keys.next();
    doorbell.ring();
    for (let next = await first; !next.done; next = await keys.next()) {
      const id = parseAttemptKey(next.value)?.containerId;
      if (id !== undefined) wake(id);
    }
  }
}

/** Wakes containers in batches: those told of while one commit is under way go together in the next. */
function waker({ store, clock, random, observer }: World, signal: AbortSignal): (id: string) => void {
  const waiting = new Set<string>();
  let busy = false;

  return (id) => {
    waiting.add(id);
    if (!busy) void flush();
  };

  async function flush(): Promise<void> {
    busy = true;
    let failures = 0;
    // Lets whatever else is told in this turn of the event loop join.
    await Promise.resolve();
    while (waiting.size > 0 && !signal.aborted) {
      const ids = [...waiting];
      waiting.clear();
      try {
        await store.commit(ids.map((id): Change => ({ do: 'wake', kind: 'Container', id })));
        failures = 0;
      } catch (error) {
        observer?.onTrouble?.('waking containers', error);
        for (const id of ids) waiting.add(id);
        await clock.sleep(jittered(doubling(failures++, reconnect), random), signal);
      }
    }
    busy = false;
  }
}
