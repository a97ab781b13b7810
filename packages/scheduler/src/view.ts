import type { FeedEntry, Resource, View } from './store.ts';

/** Whether something is within a view; without one everything is. What has no known owner is within none that names owners. */
export function isWithin(view: View | undefined, { owner, kind, namespace, name }: Pick<FeedEntry | Resource, 'owner' | 'kind' | 'namespace' | 'name'>): boolean {
  if (!view) return true;
  if (view.owners && (owner === undefined || !view.owners.includes(owner))) return false;
  return view.namespaces === undefined || view.namespaces.includes(kind === 'Namespace' ? name : namespace);
}

/** What is within it, of a stream. */
export async function* within<E extends FeedEntry>(view: View, entries: AsyncIterable<E>): AsyncGenerator<E> {
  for await (const entry of entries) if (isWithin(view, entry)) yield entry;
}
