import { containersOf } from '../crew/containers-of.ts';
import { deletions, goneWith, leavingWords } from '../crew/removal.ts';
import { written } from '../crew/trouble.ts';
import { goingMs } from '../deletion.ts';
import type { Resource } from '../store.ts';
import type { Again } from '../work/controller.ts';
import type { World } from '../world.ts';
import { drainMsOf, finishing } from './drain.ts';
import { doorFinalizer, saying } from './status.ts';

const lookMs = 250;

/** Ends a service that is to be deleted: its replicas as they finish what they have, then its door, then itself. */
export async function removeService(world: World, service: Resource<'Service'>, signal: AbortSignal): Promise<Again | void> {
  const { store, clock, traffic } = world;
  const containers = await containersOf(store, service, signal);
  if (containers.length > 0) {
    const now = clock.now();
    const isServed = traffic !== undefined && traffic.missing() === undefined;
    // A clock that was set back keeps nobody for ever.
    const sinceMs = Math.abs(now - Date.parse(service.deletedAt!));
    const busy = isServed ? finishing(containers, { traffic: traffic.look(service.id), sinceMs, drainMs: drainMsOf(service.spec) }) : [];
    const count = containers.length;
    const message = busy.length > 0 ? finishingWords(busy.length) : leavingWords('replica', count);
    const status = saying(service, { status: 'deleting', message, replicas: { desired: 0, ready: 0, starting: 0, draining: count }, draining: undefined }, { now });
    const changes = [...written(service, status), ...deletions(containers.filter((one) => !busy.includes(one)), now)];
    if (changes.length > 0) await store.commit(changes);
    return { afterMs: busy.length > 0 ? lookMs : goingMs(service, now) };
  }
  if (service.finalizers.includes(doorFinalizer)) await traffic?.close(service, { signal });
  const status = saying(service, { status: 'deleted', message: undefined, replicas: { desired: 0, ready: 0, starting: 0, draining: 0 }, draining: undefined }, { now: clock.now() });
  await store.commit(await goneWith(world, { ...service, status, finalizers: service.finalizers.filter((one) => one !== doorFinalizer) }));
}

function finishingWords(count: number): string {
  return count === 1 ? 'one of its replicas finishes the requests it has' : `${count} of its replicas finish the requests they have`;
}
