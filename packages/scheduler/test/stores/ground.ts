import { type Clock, containerSpec, type Kind, timestamp } from '@neb/core-types';
import { type FakeClock, fakeClock, seededRandom } from '@neb/core-types/testing';
import { newContainerStatus } from '../../src/container/new-status.ts';
import { memoryStore } from '../../src/memory-store.ts';
import type { Resource, SecretStore, Store } from '../../src/store.ts';
import { memoryQueue } from '../../src/work/memory-queue.ts';
import type { WorkQueue } from '../../src/work/work-queue.ts';

/** An empty store of some make, with the time in the test's hands. */
export interface Ground extends AsyncDisposable {
  readonly store: Store & SecretStore;
  readonly clock: Clock;
  queue(kind: Kind): WorkQueue;
  /** Lets time pass for the store and its queues, whoever's clock they go by. */
  elapse(ms: number): Promise<void>;
  /** Has the store forget changes beyond the last `keepChanges`; absent where it does so by itself. */
  readonly tidy?: (() => Promise<void>) | undefined;
  /** The same store as another replica sees it; absent where there can be but one. */
  readonly replica?: (() => Promise<Pick<Ground, 'store' | 'queue'>>) | undefined;
}

export type NewGround = () => Promise<Ground>;

export const leaseMs = 60_000;
/** How far back every feed under test reaches. */
export const keepChanges = 50;

export const memoryGround: NewGround = async () => {
  const clock: FakeClock = fakeClock();
  const random = seededRandom(1);
  const queues = { Container: memoryQueue(clock, random, leaseMs), Secret: memoryQueue(clock, random, leaseMs) };
  return {
    store: memoryStore({ clock, random, queues, keepChanges }),
    clock,
    queue: (kind) => queues[kind as keyof typeof queues],
    elapse: async (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: async () => {},
  };
};

/** A container as the API would make it, not yet stored. */
export function newContainer(id: string, more: Partial<Resource<'Container'>> = {}): Resource<'Container'> {
  const now = timestamp(Date.UTC(2026, 0, 1));
  return {
    kind: 'Container', id, name: id, namespace: 'space', owner: 'alice', labels: {}, seq: 0, version: 0, generation: 1,
    spec: containerSpec.parse({ image: 'busybox' }), status: newContainerStatus, finalizers: [], createdBy: 'alice', createdAt: now, updatedAt: now, ...more,
  };
}

export function newSecret(id: string, more: Partial<Resource<'Secret'>> = {}): Resource<'Secret'> {
  const { kind: _kind, spec: _spec, status: _status, ...rest } = newContainer(id);
  return { ...rest, kind: 'Secret', spec: { value_version: 'v1' }, status: {}, ...more };
}

export function newNamespace(name: string): Resource<'Namespace'> {
  const { kind: _kind, spec: _spec, status: _status, ...rest } = newContainer(name);
  return { ...rest, kind: 'Namespace', namespace: '', spec: {}, status: { status: 'active', conditions: [] } };
}

/** The container in the state of that word. */
export function inState(container: Resource<'Container'>, status: Resource<'Container'>['status']['status'], more: Partial<Resource<'Container'>['status']> = {}): Resource<'Container'> {
  return { ...container, status: { ...container.status, status, ...more } };
}

/** Stores it and answers with what is then there. */
export async function put<R extends Resource>(store: Store, resource: R): Promise<R> {
  const [stored] = await store.commit([{ do: 'put', resource }]);
  return stored as R;
}
