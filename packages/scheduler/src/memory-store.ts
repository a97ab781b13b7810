import { type Attempt, type Clock, type ContainerRow, containerRow, type Kind, newId, type Quota, type Random, timestamp } from '@neb/core-types';
import { beyondView, staleVersion } from './conflicts.ts';
import { mostRows } from './cursors.ts';
import { moved } from './moved.ts';
import { overSince, queueOf, wordOf } from './resource-facts.ts';
import { storable } from './storable.ts';
import type { Change, Resource, SecretStore, Store, TenantStore, View } from './store.ts';
import { isWithin, within } from './view.ts';
import type { WorkQueue } from './work/work-queue.ts';
import { memoryEvents } from './memory/events.ts';
import { memoryFeed } from './memory/feed.ts';
import { memoryObjects, overBefore } from './memory/objects.ts';
import { memorySecrets } from './memory/secrets.ts';

export interface MemoryStoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Where `wake` changes go; those of other kinds go nowhere. */
  readonly queues?: Readonly<Partial<Record<Kind, WorkQueue>>> | undefined;
  /** How many changes a follower may lag behind before it is `expired`; 10,000 by default. */
  readonly keepChanges?: number | undefined;
}

/** Everything in Maps: the reference for the store's contract. What it keeps ends with the process. */
export function memoryStore({ clock, random, queues = {}, keepChanges = 10_000 }: MemoryStoreOptions): Store & SecretStore {
  const fleet = newId(random);
  const holds = new Map<string, { readonly value: string; readonly until: number }>();
  const objects = memoryObjects();
  const events = memoryEvents();
  const feed = memoryFeed(keepChanges);
  const secrets = memorySecrets();
  const attempts = new Map<string, Attempt[]>();
  const quotas = new Map<string, Quota>();
  const keptLogs = new Map<string, Map<number, Extract<Change, { do: 'keep_log' }>>>();

  /** The part of the store that serves tenants too; without a view it is a server's. */
  function reaching(view?: View): TenantStore {
    const visible = (r: Resource | undefined): Resource | undefined => (r && isWithin(view, r) ? r : undefined);
    return {
      get: async (kind, id) => ofKind(visible(objects.get(id)), kind),
      find: async (ref) => ofKind(visible(objects.find(ref)), ref.kind),
      list: async ({ kind, ...query }) => {
        const { items, next } = objects.list({ kind, ...query }, view);
        return { items: items.flatMap((r) => ofKind(r, kind) ?? []), ...(next !== undefined && { next }) };
      },
      async containerRows(query) {
        const { items, next } = objects.list({ ...query, kind: 'Container' }, view, mostRows);
        return { items: items.flatMap((r) => ofKind(r, 'Container') ?? []).map(rowOf), ...(next !== undefined && { next }) };
      },
      async commit(given) {
        const changes = storable(given);
        const writes = objects.check(changes, timestamp(clock.now()));
        for (const id of writes.keys()) mayWrite(objects.get(id), writes.get(id));
        objects.write(writes);
        for (const change of changes) await apply(change);
        // Last, so that a follower finds all of the commit.
        for (const entry of moved(changes)) feed.push({ owner: objects.get(entry.id)?.owner, ...entry });
        return changes.flatMap((change) => (change.do === 'put' ? (writes.get(change.resource.id) ?? []) : []));
      },
      events: async (query) => events.page(query, ({ object }) => view === undefined || visible(objects.get(object.id)) !== undefined),
      attempts: async (containerId) => (visibleById(containerId) ? [...(attempts.get(containerId) ?? [])].sort((a, b) => b.number - a.number) : []),
      async keptLog(containerId, attempt) {
        const logs = visibleById(containerId) ? (keptLogs.get(containerId) ?? new Map<number, never>()) : new Map<number, never>();
        const kept = logs.get(attempt ?? Math.max(...logs.keys()));
        return kept && { attempt: kept.attempt, lines: kept.lines };
      },
      changes: ({ after, signal }) => (view ? within(view, feed.after(after, signal)) : feed.after(after, signal)),
      cursor: async () => feed.cursor(),
      usage: async (scope) => objects.usage(scope, view),
      quota: async (owner) => (view?.owners && !view.owners.includes(owner) ? undefined : quotas.get(owner)),
    };

    function visibleById(id: string): boolean {
      return view === undefined || visible(objects.get(id)) !== undefined;
    }

    function mayWrite(before: Resource | undefined, after: Resource | undefined): void {
      if (before && !visible(before)) throw staleVersion(before, undefined);
      if (after && !visible(after)) throw beyondView();
    }
  }

  const store: Store = {
    ...reaching(),
    as: (view) => reaching(view),
    fleet: async () => fleet,
    async hold(name, value, ms) {
      const now = clock.now();
      const held = holds.get(name);
      if (held && held.value !== value && held.until > now) return false;
      holds.set(name, { value, until: now + ms });
      return true;
    },
    setQuota: async (owner, quota) => void (quota ? quotas.set(owner, quota) : quotas.delete(owner)),
    count: async (kind) => {
      const counts: Record<string, number> = {};
      for (const r of objects.all()) if (r.kind === kind && r.goneAt === undefined) counts[wordOf(r)] = (counts[wordOf(r)] ?? 0) + 1;
      return counts;
    },
    queueHead: async (namespace, name) =>
      objects.all().flatMap((r) => ofKind(r, 'Container') ?? []).find((r) => r.namespace === namespace && queueOf(r) === name && overSince(r) === undefined),
    forgettable: async (kind, before) => objects.all().filter((r) => overBefore(r, kind, before) && r.finalizers.length === 0).slice(0, 100),
  };
  return { ...store, ...secrets.store };

  async function apply(change: Change): Promise<void> {
    switch (change.do) {
      case 'put': case 'need': case 'limit': case 'afford':
        return;
      case 'drop':
        events.forget(change.resource.id);
        attempts.delete(change.resource.id);
        keptLogs.delete(change.resource.id);
        return secrets.forget(change.resource.id);
      case 'wake':
        return queues[change.kind]?.add(change.id, change.afterMs);
      case 'tell':
        return events.tell(change.event, clock.now());
      case 'archive': {
        const known = attempts.get(change.containerId) ?? [];
        if (!known.some(({ number }) => number === change.attempt.number)) attempts.set(change.containerId, [...known, change.attempt]);
        return;
      }
      case 'keep_log':
        keptLogs.set(change.containerId, new Map(keptLogs.get(change.containerId)).set(change.attempt, change));
    }
  }
}

function ofKind<K extends Kind>(resource: Resource | undefined, kind: K): Resource<K> | undefined {
  return resource?.kind === kind ? (resource as Resource<K>) : undefined;
}

function rowOf({ name, namespace, id, owner, labels, createdAt, deletedAt, spec, status }: Resource<'Container'>): ContainerRow {
  return containerRow({ ...spec, metadata: { name, namespace, id, owner, labels, created_at: createdAt, deleted_at: deletedAt }, status });
}
