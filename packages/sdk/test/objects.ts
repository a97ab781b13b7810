import { type Metadata, NebError } from '@neb/core-types';
import type { Caller, Listed, ListInput, Objects, Ref, WatchInput, Watched } from '../src/contract/index.ts';
import type { Feed } from './feed.ts';

export interface Kept {
  readonly kind: string;
  readonly metadata: Metadata;
}

export interface Change {
  readonly kind: string;
  readonly object: Kept;
  readonly gone: boolean;
}

/** Objects of one kind in memory, with ownership and paging, changed through the feed that watchers read. */
export interface Table<T extends Kept> {
  readonly objects: Objects<T>;
  put(object: T): void;
  drop(object: T): void;
  find(ref: Ref): T | undefined;
}

export function table<T extends Kept>(kind: T['kind'], changes: Feed<Change>): Table<T> {
  const rows = new Map<string, T>();
  const find = (ref: Ref): T | undefined =>
    'id' in ref ? rows.get(ref.id) : [...rows.values()].find(({ metadata }) => metadata.name === ref.name && metadata.namespace === ref.namespace);
  const visible = (who: Caller, ref: Ref): T => {
    const found = find(ref);
    if (found && found.metadata.owner in who.roles) return found;
    throw new NebError('not_found', `there is no ${kind.toLowerCase()} ${'id' in ref ? ref.id : `${ref.namespace}/${ref.name}`}`);
  };
  const put = (object: T): void => {
    rows.set(object.metadata.id, object);
    changes.push({ kind, object, gone: false });
  };
  const drop = (object: T): void => {
    rows.delete(object.metadata.id);
    changes.push({ kind, object, gone: true });
  };
  return {
    put, drop, find,
    objects: {
      list: async (who, input) => listed([...rows.values()].filter((row) => row.metadata.owner in who.roles), input, changes.position),
      get: async (who, ref) => visible(who, ref),
      delete: async (who, ref) => {
        const found = visible(who, ref);
        drop(found);
        return found;
      },
      watch: (who, input, signal) => watched<T>({ kind, who, input }, changes, signal),
    },
  };
}

function listed<T extends Kept>(rows: readonly T[], { namespace, limit = 100, cursor }: ListInput, position: string): Listed<T> {
  const wanted = rows.filter((row) => namespace === undefined || row.metadata.namespace === namespace);
  const from = Number(cursor ?? 0);
  const next = from + limit < wanted.length ? String(from + limit) : undefined;
  return { items: wanted.slice(from, from + limit), position, ...(next !== undefined && { next }) };
}

interface WatchOf {
  readonly kind: string;
  readonly who: Caller;
  readonly input: WatchInput;
}

async function* watched<T extends Kept>({ kind, who, input }: WatchOf, changes: Feed<Change>, signal: AbortSignal): AsyncGenerator<Watched<T>> {
  for await (const { position, entry } of changes.follow(input.after, signal)) {
    const { id, name, namespace, owner } = entry.object.metadata;
    if (entry.kind !== kind || !(owner in who.roles) || (input.id !== undefined && input.id !== id)) continue;
    yield entry.gone ? { do: 'gone', position, id, name, namespace } : { do: 'changed', position, object: entry.object as T };
  }
}
