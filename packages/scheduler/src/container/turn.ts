import { type ContainerWord, endedWords } from '@neb/core-types';
import type { Resource, Store } from '../store.ts';

/**
 * Words of a container that has its queue's turn. It keeps it until it has ended: while it waits for a place, to be launched
 * again or to be restarted, those behind it wait too.
 */
const holding: readonly ContainerWord[] = ['creating', 'running', 'restarting', 'paused', 'deleting'];

/** Whether a container may start now as far as its queue is concerned. */
export async function mayStart(store: Store, { id, namespace, spec, status }: Resource<'Container'>): Promise<boolean> {
  const { queue } = spec;
  if (queue === undefined || holding.includes(status.status)) return true;
  if (!(await isHead(store, { id, namespace, queue }))) return false;
  // An older container that runs once more waits for the one that runs now.
  const { items } = await store.list({ kind: 'Container', namespace, queue, statuses: holding, limit: 2 });
  return items.every((holder) => holder.id === id);
}

/**
 * Whether the turn is still the container's once its intent is written. Of two that both think so the older one is right:
 * the younger sees it here, since each looks only after it has written.
 */
export async function keepsTurn(store: Store, { id, namespace, spec }: Resource<'Container'>): Promise<boolean> {
  return spec.queue === undefined || (await isHead(store, { id, namespace, queue: spec.queue }));
}

/** Wakes whoever has the turn now that `container` no longer needs it. Does nothing while it does. */
export async function passTurn(store: Store, { id, namespace, spec, status }: Resource<'Container'>): Promise<void> {
  if (spec.queue === undefined || !(endedWords.includes(status.status) || status.status === 'queued')) return;
  const head = await store.queueHead(namespace, spec.queue);
  if (head && head.id !== id) await store.commit([{ do: 'wake', kind: 'Container', id: head.id }]);
}

async function isHead(store: Store, { id, namespace, queue }: { id: string; namespace: string; queue: string }): Promise<boolean> {
  const head = await store.queueHead(namespace, queue);
  return head === undefined || head.id === id;
}
