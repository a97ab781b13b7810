import { type Kind, kinds, messageOf, type NamespaceStatus, paginate, timestamp, withCondition } from '@neb/core-types';
import { isDeepStrictEqual } from 'node:util';
import { deletion, goingMs } from '../deletion.ts';
import type { Change, ListQuery, Resource } from '../store.ts';
import { tell } from '../tell.ts';
import type { Reconcile } from '../work/controller.ts';
import type { World } from '../world.ts';

const dropsAtOnce = 100;
/** What a namespace holds that has nothing outside the store. */
const plainKinds: readonly Kind[] = ['Secret'];

/**
 * Passes over namespaces: one that is being deleted takes its containers with it, then its secrets and its networks,
 * and is gone when nothing of it is left.
 */
export function namespaceReconciler(world: World): Reconcile {
  const { store, clock } = world;

  return async (id, signal) => {
    const found = await store.get('Namespace', id);
    if (!found || found.goneAt !== undefined || found.deletedAt === undefined) return;
    const namespace = await note(found, { status: 'deleting' });
    const afterMs = goingMs(found, clock.now());

    // Whoever would start containers anew goes first, and what bounds them last.
    for (const kind of ['Processor', 'Service', 'Container', 'Snapshot', 'Budget'] as const) {
      const left = await deleteAll(kind, namespace.name, signal);
      if (left === 0) continue;
      await note(namespace, { status: 'deleting', message: `${left} of its ${kinds[kind].plural} ${left === 1 ? 'is' : 'are'} being removed` });
      return { afterMs };
    }
    const fault = await removeNetworks(namespace.name, signal);
    if (fault !== undefined) {
      await note(namespace, { status: 'deleting', message: fault }, fault);
      return { afterMs };
    }
    await dropPlain(namespace.name, signal);
    if (namespace.finalizers.length > 0) return;
    await store.commit([{ do: 'put', resource: { ...namespace, goneAt: timestamp(clock.now()) } }, { do: 'tell', event: tell(namespace, 'normal', ['Deleted', 'it is gone']) }]);
  };

  /** Writes the status if it is new. */
  async function note(namespace: Resource<'Namespace'>, said: Pick<NamespaceStatus, 'status' | 'message'>, stall?: string): Promise<Resource<'Namespace'>> {
    const stalled = { type: 'Stalled', status: 'true', reason: 'NetworkInUse', message: stall ?? '', generation: namespace.generation } as const;
    const conditions = stall === undefined ? namespace.status.conditions.filter((c) => c.type !== 'Stalled') : [...withCondition(namespace.status.conditions, stalled, timestamp(clock.now()))];
    const status = { ...said, conditions };
    if (isDeepStrictEqual(status, namespace.status)) return namespace;
    const [written] = await store.commit([{ do: 'put', resource: { ...namespace, status } }]);
    return written as Resource<'Namespace'>;
  }

  /** Asks for the deletion of every one of a kind; how many are still there. */
  async function deleteAll(kind: 'Processor' | 'Service' | 'Container' | 'Snapshot' | 'Budget', namespace: string, signal: AbortSignal): Promise<number> {
    let left = 0;
    let asks: Change[] = [];
    for await (const one of contents({ kind, namespace }, signal)) {
      left++;
      if (one.deletedAt !== undefined) continue;
      asks.push(...deletion(one, clock.now()));
      if (asks.length < 2 * dropsAtOnce) continue;
      await store.commit(asks);
      asks = [];
    }
    if (asks.length > 0) await store.commit(asks);
    return left;
  }

  /** Removes the namespace's network from every platform that ran something of it; why that failed, if it did. */
  async function removeNetworks(namespace: string, signal: AbortSignal): Promise<string | undefined> {
    const used = new Set<string | undefined>();
    for await (const { status } of contents({ kind: 'Container', namespace, gone: true }, signal)) used.add(status.platform);
    for (const { name, networks } of world.providers) {
      if (!networks || !used.has(name)) continue;
      try {
        await networks.remove({ fleet: await store.fleet(), namespace }, { signal });
      } catch (error) {
        signal.throwIfAborted();
        return `its network on ${name} cannot be removed: ${messageOf(error)}`;
      }
    }
    return undefined;
  }

  async function dropPlain(namespace: string, signal: AbortSignal): Promise<void> {
    for (const kind of plainKinds) {
      const drops: Change[] = [];
      for await (const resource of contents({ kind, namespace }, signal)) drops.push({ do: 'drop', resource });
      for (let at = 0; at < drops.length; at += dropsAtOnce) await store.commit(drops.slice(at, at + dropsAtOnce));
    }
  }

  function contents<K extends Kind>(query: ListQuery<K>, signal: AbortSignal): AsyncIterable<Resource<K>> {
    return paginate((cursor) => {
      signal.throwIfAborted();
      return store.list({ ...query, limit: 1_000, cursor });
    });
  }
}
