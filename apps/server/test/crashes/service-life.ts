import { type Provider, serviceManifest, timestamp, type TrafficPlane } from '@neb/core-types';
import { fakeClock, memoryCloud, seededRandom } from '@neb/core-types/testing';
import { containersOf, memoryQueue, memoryStore, newServiceStatus, type Resource, runScheduler } from '@neb/scheduler';
import { type Death, type Mortal, mortal } from './mortal.ts';

/** What is asked of a service with two replicas, in which a process dies: an update, one that can only fail, or its deletion. */
export const serviceDeeds = ['update', 'bad update', 'delete'] as const;
export type ServiceDeed = (typeof serviceDeeds)[number];

export interface ServiceOutcome {
  /** Whatever should not be; empty where all is well. */
  readonly wrongs: readonly string[];
  readonly deaths: number;
  /** How often the process waited in the deed. */
  readonly waits: number;
}

const minute = 60_000;
const boundMs = 15 * minute;
const desired = 2;

/** A service comes to rest, then the deed is asked for, and the process at it dies as `death` says; another takes its place, and all comes to rest again. */
export async function liveService(deed: ServiceDeed, death: Death | undefined): Promise<ServiceOutcome> {
  const clock = fakeClock();
  const random = seededRandom(7);
  let moves = 0;
  const move = (): void => { moves++; };
  const queues = { Container: memoryQueue(clock, random), Namespace: memoryQueue(clock, random), Processor: memoryQueue(clock, random), Service: memoryQueue(clock, random), Snapshot: memoryQueue(clock, random) };
  const store = memoryStore({ clock, random, queues });
  const cloud = memoryCloud({ clock, startMs: 500 });
  const wrongs = new Set<string>();
  let [isOpen, isWatched, died] = [false, false, 0];
  const traffic: TrafficPlane = {
    missing: () => undefined,
    open: async () => { isOpen = true; return { address: '10.0.0.1:7000', url: 'http://web', hosts: ['web'] }; },
    close: async () => { isOpen = false; },
    look: (id) => ({ gauge: { id, inFlight: 0, waiting: 0, answered: 0, failed: 0, latenciesMs: [] }, inFlight: new Map() }),
  };
  const service = async (): Promise<Resource<'Service'>> => (await store.get('Service', 's'))!;

  await store.commit([{ do: 'put', resource: newService() }, { do: 'wake', kind: 'Service', id: 's' }]);
  let alive = start();
  await until(async () => (await service()).status.status === 'running');
  isWatched = deed !== 'delete';
  const waitsBefore = alive.waits();
  if (death) alive.condemn(death);
  await ask();
  let waits = 0;
  await until(async () => {
    if (!(await isDone())) return false;
    waits ||= alive.waits() - waitsBefore;
    return true;
  });
  isWatched = false;
  // What is to go goes, and what nobody owns is swept.
  const calmAt = clock.now() + 2 * minute;
  await until(async () => clock.now() >= calmAt);
  await judge();
  alive.kill();
  return { wrongs: [...wrongs], deaths: died, waits };

  function start(): Mortal {
    const process = mortal(clock, move);
    const doors = process.around(traffic);
    const { create, inspect, delete: remove, dial } = process.around(cloud.provider);
    const provider: Provider = { ...cloud.provider, create, inspect, delete: remove, ...(dial && { dial }) };
    void runScheduler({
      store: process.around(store), clock: process.clock, random, providers: [provider], launch: { image: 'default' }, traffic: { ...traffic, open: doors.open, close: doors.close },
      queues: { Container: process.around(queues.Container), Namespace: process.around(queues.Namespace), Processor: process.around(queues.Processor), Service: process.around(queues.Service), Snapshot: process.around(queues.Snapshot) },
      secrets: { open: () => Promise.reject(new Error('there are no secrets')), known: async () => [] },
    }, new AbortController().signal);
    return process;
  }

  async function ask(): Promise<void> {
    const found = await service();
    const { spec } = found;
    const changed = deed === 'delete' ? { ...found, deletedAt: timestamp(clock.now()) }
      : { ...found, generation: 2, spec: { ...spec, container: { ...spec.container, image: 'v2' }, ...(deed === 'bad update' && { health: { path: '/never' } }) } };
    await store.commit([{ do: 'put', resource: changed }, { do: 'wake', kind: 'Service', id: 's' }]);
  }

  async function isDone(): Promise<boolean> {
    const { status: { status, history }, goneAt } = await service();
    if (deed === 'delete') return goneAt !== undefined;
    return status === 'running' && history.length === 2 && history[1]!.outcome === (deed === 'update' ? 'good' : 'failed');
  }

  /** Lets time pass until `reached`, and puts another process in the place of one that died. */
  async function until(reached: () => Promise<boolean>): Promise<void> {
    for (const end = clock.now() + boundMs; !(await reached()); ) {
      if (clock.now() > end) return void wrongs.add(`does not come to rest: ${JSON.stringify((await service()).status)}`);
      clock.advance(clock.nextMs() ?? 1_000);
      for (let [quiet, turns] = [0, 0]; quiet < 3 && turns < 1_000; turns++) {
        const before = moves;
        await new Promise((resolve) => { setImmediate(resolve); });
        quiet = moves === before ? quiet + 1 : 0;
      }
      if (alive.isDead()) {
        died++;
        alive = start();
      }
      if (isWatched) await watch();
    }
  }

  /** What holds at every moment: enough answer, and no more are there than may be. */
  async function watch(): Promise<void> {
    const { status: { draining = [] } } = await service();
    const here = (await replicas()).filter(({ id, deletedAt }) => deletedAt === undefined && !draining.some((one) => one.id === id));
    const ready = here.filter(({ status }) => status.ready).length;
    if (ready < desired) wrongs.add(`only ${ready} answer`);
    if (here.length > desired + 1) wrongs.add(`there are ${here.length} replicas`);
  }

  async function judge(): Promise<void> {
    const { status, goneAt, finalizers } = await service();
    const [containers, instances] = [await replicas(), await Array.fromAsync(cloud.provider.list({ fleet: await store.fleet() }))];
    const image = deed === 'update' ? 'v2' : 'v1';
    if (deed === 'delete') {
      if (containers.length + instances.length > 0 || isOpen || finalizers.length > 0 || goneAt === undefined) wrongs.add('something is left of it');
      return;
    }
    if (containers.length !== desired || containers.some(({ spec, status: { ready }, deletedAt }) => spec.image !== image || !ready || deletedAt !== undefined)) wrongs.add(`its replicas are ${JSON.stringify(containers.map((one) => [one.spec.image, one.status.status, one.deletedAt]))}`);
    const owners = instances.map(({ key }) => key.slice(0, key.lastIndexOf('-'))).toSorted();
    if (owners.join() !== containers.map(({ id }) => id).toSorted().join()) wrongs.add(`${instances.length} instances of ${containers.length} replicas`);
    if (status.history.length !== 2 || (status.draining ?? []).length > 0) wrongs.add(`its status says ${JSON.stringify(status)}`);
  }

  async function replicas(): Promise<readonly Resource<'Container'>[]> {
    return await containersOf(store, { kind: 'Service', id: 's', namespace: 'n' });
  }

  function newService(): Resource<'Service'> {
    const now = timestamp(clock.now());
    const { kind, metadata: _, ...spec } = serviceManifest.parse({ container: { image: 'v1', restart: 'Always' }, min_replicas: desired, max_replicas: desired, update: { progress_deadline: '20s' } });
    return { kind, id: 's', name: 'web', namespace: 'n', owner: 'o', labels: {}, seq: 0, version: 0, generation: 1, spec, status: newServiceStatus, finalizers: [], createdBy: 'o', createdAt: now, updatedAt: now };
  }
}
