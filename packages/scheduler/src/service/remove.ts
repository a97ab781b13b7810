import { containersOf } from '../crew/containers-of.ts';
import { deletions, goneWith, leavingWords } from '../crew/removal.ts';
import { written } from '../crew/trouble.ts';
import { goingMs } from '../deletion.ts';
import type { Resource } from '../store.ts';
import type { Again } from '../work/controller.ts';
import type { World } from '../world.ts';
import { doorFinalizer, saying } from './status.ts';

/** Ends a service that is to be deleted: its replicas, then its door, then itself. */
export async function removeService(world: World, service: Resource<'Service'>, signal: AbortSignal): Promise<Again | void> {
  const { store, clock, traffic } = world;
  const containers = await containersOf(store, service, signal);
  if (containers.length > 0) {
    const count = containers.length;
    const status = saying(service, {
      status: 'deleting', message: leavingWords('replica', count), replicas: { desired: 0, ready: 0, starting: 0, draining: count }, draining: undefined,
    }, { now: clock.now() });
    const changes = [...written(service, status), ...deletions(containers, clock.now())];
    if (changes.length > 0) await store.commit(changes);
    return { afterMs: goingMs(service, clock.now()) };
  }
  if (service.finalizers.includes(doorFinalizer)) await traffic?.close(service, { signal });
  const status = saying(service, { status: 'deleted', message: undefined, replicas: { desired: 0, ready: 0, starting: 0, draining: 0 }, draining: undefined }, { now: clock.now() });
  await store.commit(await goneWith(world, { ...service, status, finalizers: service.finalizers.filter((one) => one !== doorFinalizer) }));
}
