import { isNebError, messageWithHint, type Provider, type Snapshot, type SnapshotRef, timestamp } from '@neb/core-types';
import { isForGood } from '../container/refusals.ts';
import type { Resource } from '../store.ts';
import type { Again, Reconcile } from '../work/controller.ts';
import type { World } from '../world.ts';
import { decideSnapshot, failed, mayGoOn, type SnapshotVerdict, type SnapshotView } from './decide.ts';
import { snapshotKey } from './facts.ts';

const mostSteps = 8;
const unreachableMs = 2_000;

/** Passes over snapshots: each is taken once, kept for its time or for whom it was taken, and forgotten where it is before it is gone. */
export function snapshotReconciler(world: World): Reconcile {
  const { store, clock } = world;
  const byName = new Map(world.providers.map((provider) => [provider.name, provider]));

  return async (id, signal): Promise<Again | void> => {
    let snapshot = await store.get('Snapshot', id);
    for (let steps = 0; snapshot && steps < mostSteps; steps++) {
      signal.throwIfAborted();
      const { platform } = snapshot.status;
      const provider = platform === undefined ? undefined : byName.get(platform);
      if (platform !== undefined && !provider?.suspend) return { afterMs: unreachableMs };
      const view = await viewOf(snapshot, provider, signal);
      const step = decideSnapshot(view);
      switch (step.do) {
        case 'rest': return step.afterMs === undefined ? undefined : { afterMs: step.afterMs };
        case 'forget':
          await provider!.suspend!.forget(step.ref, { signal });
          if (await seen(snapshot, provider!, signal)) return { afterMs: unreachableMs };
          break;
        case 'write': snapshot = await write(snapshot, step.verdict); break;
        case 'save': {
          const verdict = await save(view, provider!, signal);
          if (verdict) snapshot = await write(snapshot, verdict);
          else if (step.afterMs !== undefined) return { afterMs: step.afterMs };
        }
      }
    }
    return { afterMs: 0 };
  };

  async function viewOf(snapshot: Resource<'Snapshot'>, provider: Provider | undefined, signal: AbortSignal): Promise<SnapshotView> {
    const { spec, namespace, status } = snapshot;
    const source = status.container_id === undefined ? await store.find({ kind: 'Container', namespace, name: spec.container }) : await store.get('Container', status.container_id);
    const forks = await Promise.all((spec.for_containers ?? []).map((fork) => store.get('Container', fork)));
    return { snapshot, source, seen: provider && (await seen(snapshot, provider, signal)), waiting: forks.filter((fork) => fork !== undefined).filter(mayGoOn), now: clock.now() };
  }

  /** By its handle, or, where a crash lost that, by its key. */
  async function seen({ id, status, finalizers }: Resource<'Snapshot'>, { suspend }: Provider, signal: AbortSignal): Promise<Snapshot | undefined> {
    if (finalizers.length === 0) return undefined;
    if (status.ref !== undefined) return await suspend!.snapshot(status.ref as SnapshotRef, { signal });
    for await (const one of suspend!.snapshots({ fleet: await store.fleet() }, { signal })) if (one.key === snapshotKey(id)) return one;
    return undefined;
  }

  /** What is wrong with it, if it cannot be saved; else it is under way. */
  async function save(view: SnapshotView, { suspend }: Provider, signal: AbortSignal): Promise<SnapshotVerdict | undefined> {
    const { id, status, spec } = view.snapshot;
    try {
      const connections = spec.connections === undefined ? {} : { connections: spec.connections };
      await suspend!.save(status.instance as never, { key: snapshotKey(id), fleet: await store.fleet(), then: 'run', for: 'any', ...connections }, { signal });
      return undefined;
    } catch (error) {
      if (!isNebError(error) || !isForGood(error.code)) throw error;
      return failed(view, messageWithHint(error));
    }
  }

  async function write(snapshot: Resource<'Snapshot'>, { status, finalizers = snapshot.finalizers, deletedAt = snapshot.deletedAt, goneAt = snapshot.goneAt, events }: SnapshotVerdict): Promise<Resource<'Snapshot'>> {
    const waking = (snapshot.spec.for_containers ?? []).map((id) => ({ do: 'wake' as const, kind: 'Container' as const, id }));
    const isNews = status.status !== snapshot.status.status;
    const [next] = await store.commit([
      { do: 'put', resource: { ...snapshot, status, finalizers, deletedAt, goneAt, updatedAt: timestamp(clock.now()) } },
      ...(isNews ? waking : []), ...events.map((event) => ({ do: 'tell' as const, event })),
    ]);
    return next as Resource<'Snapshot'>;
  }
}
