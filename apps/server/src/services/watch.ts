import { type Clock, type Kind, matchesSelector, parseSelector } from '@neb/core-types';
import type { FeedEntry, Resource, Store } from '@neb/scheduler';
import type { Caller, Watched, WatchInput } from '@neb/sdk/contract';
import { seenBy } from '../auth/view-of.ts';
import { type Access, spaceOf } from './access.ts';

export interface WatchedKind<K extends Kind, T> {
  readonly kind: K;
  readonly view: (resource: Resource<K>) => T;
  readonly store: Store;
  readonly access: Access;
  readonly clock: Clock;
  /** Told how old a change was when a watcher got it. */
  readonly onFeed?: ((lagMs: number) => void) | undefined;
}

export interface WatchRequest {
  readonly who: Caller;
  readonly input: WatchInput;
  readonly signal: AbortSignal;
}

/** Each change of an object, as the object is by then; of several changes in a row maybe only the last. */
export async function* watchObjects<K extends Kind, T>(of: WatchedKind<K, T>, request: WatchRequest): AsyncGenerator<Watched<T>> {
  const { kind, view, access, clock, onFeed } = of;
  const { who, input, signal } = request;
  const store = seenBy(who, of.store);
  const labels = input.selector === undefined ? [] : parseSelector(input.selector);
  const shown = new Map<string, number>();

  for await (const entry of store.changes({ after: input.after, signal })) {
    if (entry.kind !== kind || !concerns(entry, input)) continue;
    const object = entry.dropped ? undefined : await store.get(kind, entry.id);
    const { id, name, namespace, cursor: position } = entry;
    if (!access.may(who, 'watch', { kind, owner: object?.owner ?? entry.owner, namespace: spaceOf(entry) })) continue;
    const wanted = object && object.goneAt === undefined && matchesSelector(object.labels, labels);
    if (wanted) {
      if ((shown.get(id) ?? 0) >= object.version) continue;
      shown.set(id, object.version);
      onFeed?.(clock.now() - Date.parse(object.updatedAt));
      yield { do: 'changed', position, object: view(object) };
    } else if (shown.delete(id) || (!object && labels.length === 0) || (object?.goneAt !== undefined && matchesSelector(object.labels, labels))) {
      yield { do: 'gone', position, id, namespace, name };
    }
  }
}

function concerns(entry: FeedEntry, { namespace, id }: WatchInput): boolean {
  if (id !== undefined && entry.id !== id) return false;
  return namespace === undefined || entry.namespace === namespace || (entry.kind === 'Namespace' && entry.name === namespace);
}
