import { NebError, newId, type Random } from '@neb/core-types';
import type { Resource, Store } from '@neb/scheduler';
import type { Caller } from '@neb/sdk/contract';
import { place } from '../access.ts';
import type { Wanted } from './wanted.ts';

/** The namespaces a request is about: those that are there, and those it brings into being. */
export interface Namespaces {
  /** Throws `conflict` where it is being deleted. */
  need(name: string): Promise<Resource<'Namespace'>>;
  /** Those that are not stored yet. */
  fresh(): readonly Resource<'Namespace'>[];
}

export interface NamespacesOptions {
  readonly store: Store;
  readonly who: Caller;
  readonly random: Random;
  readonly now: string;
  /** What the request itself says of namespaces. */
  readonly declared: readonly (Wanted & { readonly kind: 'Namespace' })[];
}

export function namespaces({ store, who, random, now, declared }: NamespacesOptions): Namespaces {
  const known = new Map<string, Promise<Resource<'Namespace'>>>();
  const fresh: Resource<'Namespace'>[] = [];

  async function find(name: string): Promise<Resource<'Namespace'>> {
    const stored = await store.find({ kind: 'Namespace', ...place('Namespace', { namespace: '', name }) });
    const live = stored?.goneAt === undefined ? stored : undefined;
    if (live?.deletedAt !== undefined) {
      throw new NebError('conflict', `namespace ${name} is being deleted`, { hint: `\`neb wait namespace ${name} --for=delete\` waits for the end of it.`, details: { final: true } });
    }
    if (live) return live;
    const manifest = declared.find((one) => one.name === name);
    const namespace = blank({ name, owner: manifest?.metadata.owner ?? who.id, id: newId(random), now, by: who.id });
    fresh.push(namespace);
    return namespace;
  }

  return {
    need(name) {
      const found = known.get(name) ?? find(name);
      known.set(name, found);
      return found;
    },
    fresh: () => fresh,
  };
}

function blank({ name, owner, id, now, by }: { readonly name: string; readonly owner: string; readonly id: string; readonly now: string; readonly by: string }): Resource<'Namespace'> {
  return {
    kind: 'Namespace', id, ...place('Namespace', { namespace: '', name }), owner, labels: {}, seq: 0, version: 0, generation: 1,
    spec: {}, status: { status: 'active', conditions: [] }, finalizers: [], createdBy: by, createdAt: now, updatedAt: now,
  };
}
