import { type Kind, messageOf, parseSelector, timestamp } from '@neb/core-types';
import type { Change, Resource } from '@neb/scheduler';
import type { Caller, Objects, Ref } from '@neb/sdk/contract';
import { seenBy } from '../auth/view-of.ts';
import { put, retried, spaceOf } from './access.ts';
import { deedTo, type Recorder } from './audit.ts';
import { type WatchedKind, watchObjects } from './watch.ts';

export interface ObjectsOptions<K extends Kind, T> extends WatchedKind<K, T> {
  readonly recorder: Recorder;
  /** What follows in the same write when deletion is asked for; by default a pass of the kind's controller. */
  readonly deleting?: ((resource: Resource<K>, now: string) => Deleting<K>) | undefined;
  /** Throws what is in the way of a deletion that the caller may ask for otherwise; nothing by default. */
  readonly refuse?: ((who: Caller, resource: Resource<K>) => Promise<void>) | undefined;
}

export interface Deleting<K extends Kind> {
  readonly resource: Resource<K>;
  readonly changes: readonly Change[];
}

/** What may be done with every kind, over the store. */
export function objects<K extends Kind, T>(options: ObjectsOptions<K, T>): Objects<T> {
  const { kind, view, store, access, recorder, clock, onFeed, deleting = controlled, refuse } = options;

  async function remove(who: Caller, ref: Ref): Promise<T> {
    const found = await access.need(who, 'delete', { kind, ref });
    if (found.deletedAt !== undefined) return view(found);
    await refuse?.(who, found).catch((error: unknown) => {
      recorder.denied(who, deedTo('delete', found, messageOf(error)));
      throw error;
    });
    const now = timestamp(clock.now());
    const { resource, changes } = deleting({ ...found, deletedAt: now }, now);
    const deleted = await put(seenBy(who, store), resource, ...changes);
    await recorder.done(who, deedTo('delete', deleted));
    return view(deleted);
  }

  return {
    async list(who, { namespace, selector, statuses, gone, limit, cursor }) {
      // Read before the list, so that a watch from it misses nothing.
      const position = await store.cursor();
      const labels = selector === undefined ? undefined : parseSelector(selector);
      // Namespaces are in none: asking for those of one asks for that one.
      const inside = kind === 'Namespace' ? undefined : namespace;
      const { items, next } = await seenBy(who, store).list({ kind, namespace: inside, labels, statuses, gone, limit, cursor });
      const seen = items.filter((item) => access.may(who, 'list', { kind, owner: item.owner, namespace: spaceOf(item) }) && (kind !== 'Namespace' || namespace === undefined || item.name === namespace));
      return { items: seen.map(view), position, ...(next !== undefined && { next }) };
    },
    get: async (who, ref) => view(await access.need(who, 'get', { kind, ref })),
    delete: (who, ref) => retried(() => remove(who, ref)),
    watch: (who, input, signal) => watchObjects({ kind, view, store, access, clock, onFeed }, { who, input, signal }),
  };
}

function controlled<K extends Kind>(resource: Resource<K>): Deleting<K> {
  return { resource, changes: [{ do: 'wake', kind: resource.kind, id: resource.id }] };
}
