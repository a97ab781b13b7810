import { NebError, newId, type Random } from '@neb/core-types';
import type { Resource, Store, TenantStore } from '@neb/scheduler';
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
  /** As far as `who` sees. */
  readonly store: TenantStore;
  /** All there is, for names are taken by whom they may. */
  readonly whole: Store;
  readonly who: Caller;
  readonly random: Random;
  readonly now: string;
  /** What the request itself says of namespaces. */
  readonly declared: readonly (Wanted & { readonly kind: 'Namespace' })[];
}

export function namespaces({ store, whole, who, random, now, declared }: NamespacesOptions): Namespaces {
  const known = new Map<string, Promise<Resource<'Namespace'>>>();
  const fresh: Resource<'Namespace'>[] = [];

  async function find(name: string): Promise<Resource<'Namespace'>> {
    const ref = { kind: 'Namespace', ...place('Namespace', { namespace: '', name }) } as const;
    const stored = await store.find(ref);
    const live = stored?.goneAt === undefined ? stored : undefined;
    const theirs = live ? undefined : await whole.find(ref);
    if (theirs && theirs.goneAt === undefined) return shell(theirs);
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

/** Of one that the caller does not see no more than whose it is: that decides, and is written down. */
function shell({ name, owner, createdAt }: Resource<'Namespace'>): Resource<'Namespace'> {
  return { ...blank({ name, owner, id: '', now: createdAt, by: owner }), version: 1 };
}

function blank({ name, owner, id, now, by }: { readonly name: string; readonly owner: string; readonly id: string; readonly now: string; readonly by: string }): Resource<'Namespace'> {
  return {
    kind: 'Namespace', id, ...place('Namespace', { namespace: '', name }), owner, labels: {}, seq: 0, version: 0, generation: 1,
    spec: {}, status: { status: 'active', conditions: [] }, finalizers: [], createdBy: by, createdAt: now, updatedAt: now,
  };
}
