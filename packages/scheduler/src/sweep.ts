import { type Backoff, type Bell, collect, type ContainerWord, doubling, type Instance, jittered, paginate, type Provider } from '@neb/core-types';
import { parseAttemptKey } from './container/attempt-key.ts';
import { mustGo } from './container/decide.ts';
import { isHeld } from './container/verdict.ts';
import { isNews } from './policies/watch-notice.ts';
import { snapshotSweeper } from './snapshot/sweep.ts';
import type { Change, Resource } from './store.ts';
import { within } from './work/deadline.ts';
import { type SweepFact, tuned, type World } from './world.ts';

/** What a sweep came to, and when the next one is worth while. */
export interface Swept extends SweepFact {
  readonly nextMs: number;
}

/** A platform is big where listing it takes this long. */
const listTimeoutMs = 60_000;
const readyTimeoutMs = 10_000;
const retry: Backoff = { firstMs: 2_000, maxMs: 60_000 };
const wakesAtOnce = 500;
/** Words of containers whose instance a platform should show as they are. */
const shown: readonly ContainerWord[] = ['creating', 'running', 'paused'];

/** Sweeps one platform at once, then now and again, and whenever `doorbell` rings, until `signal` aborts. */
export async function runSweeps(world: World, { provider, doorbell }: { provider: Provider; doorbell: Bell }, signal: AbortSignal): Promise<void> {
  const sweep = sweeper(world, provider);
  const sweepSnapshots = snapshotSweeper(world, provider);
  const everyMs = sweepMs(world, provider);
  let failures = 0;
  while (!signal.aborted) {
    let restMs: number;
    try {
      // A platform that is not set up has nothing to sweep, and says so elsewhere.
      const isUp = await isReady(world, provider, signal);
      restMs = isUp ? (await sweep(signal)).nextMs : everyMs;
      if (isUp) await sweepSnapshots(signal);
      failures = 0;
    } catch (error) {
      if (!signal.aborted) world.observer?.onTrouble?.(`sweep of ${provider.name}`, error);
      restMs = jittered(doubling(failures++, retry), world.random);
    }
    await doorbell.wait(restMs, signal);
  }
}

/**
 * Compares what a platform lists with what the store knows: an instance that nobody owns is deleted after a grace time,
 * and of two with one key the one that is not recorded; a container that the platform shows otherwise than its status is woken.
 */
export function sweeper(world: World, provider: Provider): (signal: AbortSignal) => Promise<Swept> {
  const { store, clock, observer } = world;
  const { orphanGraceMs } = tuned(world.tuning);
  const everyMs = sweepMs(world, provider);
  /** When each instance without an owner was first seen. */
  const suspects = new Map<string, number>();

  return async (signal) => {
    // The platform first: whatever it lists then has its intent in the store already.
    const fleet = await store.fleet();
    const what = `listing ${provider.name}`;
    const instances = await within({ clock, ms: listTimeoutMs, what, signal }, (inTime) => collect(provider.list({ fleet }, { signal: inTime })));
    const unowned = new Map(instances.map((instance) => [instance.ref, instance]));
    const woken = await compare(instances, unowned, signal);
    const deleted = await judge([...unowned.values()], woken, signal);
    await wake([...woken]);

    const fact = { platform: provider.name, seen: instances.length, deleted, woken: woken.size, suspects: suspects.size };
    observer?.onSweep?.(fact);
    const soonest = Math.min(...[...suspects.values()].map((since) => since + orphanGraceMs - clock.now()));
    return { ...fact, nextMs: Math.min(everyMs, Math.max(1_000, soonest)) };
  };

  /** Takes instances that have an owner out of `unowned`; the containers that need a look. */
  async function compare(instances: readonly Instance[], unowned: Map<string, Instance>, signal: AbortSignal): Promise<Set<string>> {
    const byKey = new Map<string, Instance[]>();
    for (const instance of instances) byKey.set(instance.key, [...(byKey.get(instance.key) ?? []), instance]);
    const woken = new Set<string>();
    const pages = paginate((cursor) => {
      signal.throwIfAborted();
      return store.list({ kind: 'Container', statuses: shown, limit: 1_000, cursor });
    });
    for await (const container of pages) {
      const { attempt } = container.status;
      if (attempt?.platform !== provider.name || !isHeld(container)) continue;
      const owned = (byKey.get(attempt.key) ?? []).filter((instance) => owns(container, instance));
      for (const { ref } of owned) unowned.delete(ref);
      if (differs(container, owned[0])) woken.add(container.id);
    }
    return woken;
  }

  /** Asks the store about each instance by itself, and deletes those that have had no owner for long enough. */
  async function judge(instances: readonly Instance[], woken: Set<string>, signal: AbortSignal): Promise<number> {
    const still = new Set<string>();
    let deleted = 0;
    for (const instance of instances) {
      signal.throwIfAborted();
      const id = parseAttemptKey(instance.key)?.containerId;
      const container = id === undefined ? undefined : await store.get('Container', id);
      if (container && owns(container, instance)) {
        if (mustGo(container)) woken.add(container.id);
        continue;
      }
      if (await isOver(instance, signal)) deleted++;
      else still.add(instance.ref);
    }
    for (const ref of suspects.keys()) if (!still.has(ref)) suspects.delete(ref);
    return deleted;
  }

  /** Deletes an instance whose grace is over. */
  async function isOver({ ref }: Instance, signal: AbortSignal): Promise<boolean> {
    const now = clock.now();
    const since = suspects.get(ref) ?? now;
    // A clock that was set back starts the grace anew.
    suspects.set(ref, Math.min(since, now));
    if (now - since < orphanGraceMs) return false;
    try {
      await provider.delete(ref, {}, { signal });
      return true;
    } catch (error) {
      observer?.onTrouble?.(`removal of an instance without an owner on ${provider.name}`, error);
      return false;
    }
  }

  async function wake(ids: readonly string[]): Promise<void> {
    for (let at = 0; at < ids.length; at += wakesAtOnce) {
      await store.commit(ids.slice(at, at + wakesAtOnce).map((id): Change => ({ do: 'wake', kind: 'Container', id })));
    }
  }
}

async function isReady({ clock }: World, provider: Provider, signal: AbortSignal): Promise<boolean> {
  const deadline = { clock, ms: readyTimeoutMs, what: `asking whether ${provider.name} is ready`, signal };
  return (await within(deadline, async (inTime) => await provider.readiness?.({ signal: inTime }))) === undefined;
}

function sweepMs({ tuning }: World, { watch }: Provider): number {
  const { sweepEveryMs, sweepUnwatchedMs } = tuned(tuning);
  return watch ? sweepEveryMs : sweepUnwatchedMs;
}

/** Whether the instance is the one the container is to have, or may yet turn out to be. */
function owns(container: Resource<'Container'>, { key, ref }: Instance): boolean {
  const { attempt, move } = container.status;
  const own = [attempt, move?.to, move?.leaving].find((one) => one?.key === key);
  return container.goneAt === undefined && isHeld(container) && own !== undefined && (own.ref === undefined || own.ref === ref);
}

function differs(container: Resource<'Container'>, instance: Instance | undefined): boolean {
  const { status, attempt } = container.status;
  switch (status) {
    case 'running': return instance?.state === 'running' ? isNews(container, instance) : instance?.state !== 'unknown';
    case 'paused': return instance?.state !== 'suspended';
    default: return instance ? instance.state !== 'pending' : attempt?.ref !== undefined;
  }
}
