import { endedWords, kinds } from '@neb/core-types';
import type { Resource } from './store.ts';

/** The status word of an object; empty where its kind has none. */
export function wordOf(resource: Resource): string {
  const { status } = resource.status as { readonly status?: unknown };
  return typeof status === 'string' ? status : '';
}

/** The queue it stands in, or stood in. */
export function queueOf(resource: Resource): string | undefined {
  const { queue } = resource.spec as { readonly queue?: unknown };
  return typeof queue === 'string' ? queue : undefined;
}

/** Since when it is history: gone, or ended by itself. `undefined` while anything may still come of it. */
export function overSince(resource: Resource): string | undefined {
  if (resource.goneAt !== undefined) return resource.goneAt;
  if (resource.kind !== 'Container' || !endedWords.some((word) => word === wordOf(resource))) return undefined;
  const { finished_at } = resource.status as { readonly finished_at?: string };
  return finished_at ?? resource.updatedAt;
}

/** Whether its specification changed after anything was said of it: one that has ended is then run again. */
export function isUnjudged({ generation, status }: Resource<'Container'>): boolean {
  return generation > Math.max(0, ...status.conditions.map((condition) => condition.generation));
}

/** As a person would name it: `container web in namespace default`. */
export function describeResource({ kind, name, namespace }: Pick<Resource, 'kind' | 'name' | 'namespace'>): string {
  const noun = kinds[kind].singular;
  return kind === 'Namespace' ? `${noun} ${name}` : `${noun} ${name} in namespace ${namespace}`;
}
