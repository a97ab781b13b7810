import { type Attempt, type Clock, type Event, type Kind, type LogLine, matchesSelector, NebError, newId, type Random, timestamp } from '@neb/core-types';
import { feedHub } from './feed-hub.ts';
import { newestFirst, page } from './memory-page.ts';
import type { Change, FeedEntry, Resource, SecretStore, Store } from './store.ts';
import type { WorkQueue } from './work/work-queue.ts';
import { hasEnded, nameTaken, statusWord } from './words-of-store.ts';

export interface MemoryStoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Where `wake` changes go. */
  readonly queues?: Readonly<Partial<Record<Kind, WorkQueue>>> | undefined;
}

/** Everything in Maps: the reference for the store's contract. What it keeps ends with the process. */
export function memoryStore({ clock, random, queues = {} }: MemoryStoreOptions): Store & SecretStore {
  const rows = new Map<string, Resource>();
  const events = new Map<string, Event>();
  const ledger = new Map<string, Attempt[]>();
  const logs = new Map<string, Map<number, readonly LogLine[]>>();
  const sealed = new Map<string, Uint8Array>();
  const dataKeys = new Map<string, Uint8Array>();
  const feed: FeedEntry[] = [];
  const hub = feedHub();
  let fleet: string | undefined;
  let made = 0;

  const all = <K extends Kind>(kind: K): Resource<K>[] => [...rows.values()].filter((r): r is Resource<K> => r.kind === kind);
  const held = (r: Resource): Resource | undefined => [...rows.values()].find((o) => o.kind === r.kind && o.namespace === r.namespace && o.name === r.name && !o.goneAt && o.id !== r.id);

  function check(change: Change): void {
    if (change.do !== 'put' && change.do !== 'drop') return;
    const { resource } = change;
    if ((rows.get(resource.id)?.version ?? 0) !== resource.version) throw new NebError('conflict', `${resource.kind} ${resource.namespace}/${resource.name} was changed by somebody else meanwhile`);
    if (change.do === 'put' && !resource.goneAt && held(resource)) throw nameTaken(resource);
  }

  async function act(change: Change): Promise<Resource | undefined> {
    switch (change.do) {
      case 'put': {
        const { resource } = change;
        const next: Resource = { ...resource, version: resource.version + 1, seq: resource.version === 0 ? ++made : resource.seq };
        rows.set(next.id, structuredClone(next));
        note(next, false);
        return next;
      }
      case 'drop': {
        const { resource } = change;
        for (const kept of [rows, ledger, logs, sealed]) kept.delete(resource.id);
        for (const [id, event] of events) if (event.object.id === resource.id) events.delete(id);
        note(resource, true);
        return undefined;
      }
      case 'wake': return void (await queues[change.kind]?.add(change.id, change.afterMs));
      case 'tell': return void tell(change.event);
      case 'archive': {
        const kept = ledger.get(change.containerId) ?? [];
        if (!kept.some((a) => a.number === change.attempt.number)) ledger.set(change.containerId, [change.attempt, ...kept]);
        return undefined;
      }
      case 'keep_log': {
        const kept = logs.get(change.containerId) ?? new Map<number, readonly LogLine[]>();
        logs.set(change.containerId, kept.set(change.attempt, [...change.lines]));
        return undefined;
      }
    }
  }

  function note({ kind, id, namespace, name }: Resource, dropped: boolean): void {
    feed.push({ cursor: String(feed.length + 1), kind, id, namespace, name, dropped });
  }

  function tell(news: Pick<Event, 'type' | 'reason' | 'message' | 'object'>): void {
    const now = timestamp(clock.now());
    const old = [...events.values()].find((e) => e.object.id === news.object.id && e.reason === news.reason && e.message === news.message);
    const id = old?.id ?? newId(random);
    // Told last goes last, so that order of insertion is order in time.
    events.delete(id);
    events.set(id, { ...news, id, count: (old?.count ?? 0) + 1, first_at: old?.first_at ?? now, last_at: now });
  }

  return {
    fleet: async () => (fleet ??= newId(random)),
    get: async <K extends Kind>(kind: K, id: string) => {
      const row = rows.get(id);
      return row?.kind === kind ? (row as Resource<K>) : undefined;
    },
    async find(ref) {
      const named = all(ref.kind).filter((r) => r.namespace === ref.namespace && r.name === ref.name);
      return named.find((r) => !r.goneAt) ?? named.toSorted((a, b) => b.goneAt!.localeCompare(a.goneAt!))[0];
    },
    async list(query) {
      const matching = all(query.kind).filter((r) =>
        (query.gone || !r.goneAt)
        && (query.namespace === undefined || r.namespace === query.namespace)
        && (query.queue === undefined || (r.spec as { queue?: string }).queue === query.queue)
        && (query.statuses === undefined || query.statuses.includes(statusWord(r)))
        && matchesSelector(r.labels, query.labels ?? []));
      return page(matching.toSorted((a, b) => a.seq - b.seq), query, (r) => r.seq);
    },
    async count(kind) {
      return all(kind).filter((r) => !r.goneAt).reduce<Record<string, number>>((sum, r) => ({ ...sum, [statusWord(r)]: (sum[statusWord(r)] ?? 0) + 1 }), {});
    },
    async commit(changes) {
      changes.forEach(check);
      const put: Resource[] = [];
      for (const change of changes) {
        const resource = await act(change);
        if (resource) put.push(resource);
      }
      hub.ring();
      return put;
    },
    async queueHead(namespace, queue) {
      return all('Container').filter((r) => r.namespace === namespace && r.spec.queue === queue && !hasEnded(r)).toSorted((a, b) => a.seq - b.seq)[0];
    },
    async forgettable(kind, before) {
      return all(kind).filter((r) => (r.goneAt ?? finishedAt(r) ?? before) < before).slice(0, 100);
    },
    async events(query) {
      const matching = [...events.values()].filter((e) =>
        (query.namespace === undefined || e.object.namespace === query.namespace)
        && (query.objectId === undefined || e.object.id === query.objectId)
        && (query.since === undefined || e.last_at >= query.since));
      return newestFirst(matching, query);
    },
    attempts: async (containerId) => ledger.get(containerId) ?? [],
    async keptLog(containerId, attempt) {
      const kept = logs.get(containerId);
      const number = attempt ?? Math.max(...(kept?.keys() ?? []));
      const lines = kept?.get(number);
      return lines && { attempt: number, lines };
    },
    async *changes({ after, signal }) {
      let at = after === undefined ? feed.length : Number(after);
      while (!signal.aborted) {
        const rung = hub.next(signal);
        while (at < feed.length) yield feed[at++]!;
        await rung;
      }
    },
    cursor: async () => String(feed.length),
    sealed: async (id) => sealed.get(id),
    seal: async (id, value) => void sealed.set(id, value),
    async dataKey(namespace, make) {
      const key = dataKeys.get(namespace) ?? make();
      dataKeys.set(namespace, key);
      return key;
    },
  };
}

const finishedAt = (r: Resource): string | undefined => (r.kind === 'Container' && hasEnded(r) ? (r as Resource<'Container'>).status.finished_at : undefined);
