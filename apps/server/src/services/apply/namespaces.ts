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
  const known = new Map<string, Resource<'Namespace'>>();
  return {
    async need(name) {
      const seen = known.get(name);
      if (seen) return seen;
      const stored = await store.find({ kind: 'Namespace', ...place('Namespace', { namespace: '', name }) });
      const live = stored?.goneAt === undefined ? stored : undefined;
      if (live?.deletedAt !== undefined) {
        throw new NebError('conflict', `namespace ${name} is being deleted`, { hint: `\`neb wait namespace ${name} --for=delete\` waits for the end of it.`, details: { final: true } });
      }
      const manifest = declared.find((one) => one.name === name);
      const namespace = live ?? blank({ name, owner: manifest?.metadata.owner ?? who.id, id: newId(random), now, by: who.id });
      known.set(name, namespace);
      return namespace;
    },
    fresh: () => [...known.values()].filter(({ version }) => version === 0),
  };
}

function blank({ name, owner, id, now, by }: { readonly name: string; readonly owner: string; readonly id: string; readonly now: string; readonly by: string }): Resource<'Namespace'> {
  return {
    kind: 'Namespace', id, ...place('Namespace', { namespace: '', name }), owner, labels: {}, seq: 0, version: 0, generation: 1,
    spec: {}, status: { status: 'active', conditions: [] }, finalizers: [], createdBy: by, createdAt: now, updatedAt: now,
  };
}
