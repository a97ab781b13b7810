import { type Asked, type Clock, containerSpec, isNebError, timestamp } from '@neb/core-types';
import { type FakeClock, fakeClock, seededRandom } from '@neb/core-types/testing';
import { memoryQueue, memoryStore, newContainerStatus, type Resource, runScheduler, type Store, suspendAsked, type Tuning } from '@neb/scheduler';
import { type Bought, type TestCloud, testClouds } from './clouds.ts';
import { type CloudName, type FaultClass, scriptOf } from './fault-classes.ts';
import { type Mortal, mortal } from './mortal.ts';

export interface PlaneOptions {
  /** From which all chance is drawn. */
  readonly seed: number;
  readonly faultClass: FaultClass;
  readonly clouds: readonly CloudName[];
  /** The clock that processes go by; the world's own if absent. */
  readonly serverClock?: ((clock: Clock) => Clock) | undefined;
  readonly tuning?: Partial<Tuning> | undefined;
  /** What each process does besides. */
  readonly beside?: ((process: Mortal) => void) | undefined;
}

/** A control plane whose processes can die, and the clouds that it uses, in a time that stands still until told. */
export interface Plane extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly random: ReturnType<typeof seededRandom>;
  readonly store: Store;
  readonly clouds: readonly TestCloud[];
  /** Everything that costs money at any of them. */
  bought(): readonly Bought[];
  /** Starts a process. */
  start(): Mortal;
  /** A process that is none of the control plane's, and can die too. */
  other(): Mortal;
  /** Lets time pass until somebody is to wake, `mostMs` at most, and has all happen that follows from that at once. */
  pass(mostMs: number): Promise<void>;
  /** Does what takes time outside of this one, such as a query or a file: time waits for it. */
  apart<T>(work: () => Promise<T>): Promise<T>;
  create(id: string, spec: object): Promise<void>;
  remove(id: string): Promise<void>;
  /** Asks it to be suspended while it runs, or to go on while it is not; whether it is worth asking for the other now, or again. */
  ask(id: string, what: 'suspend' | 'resume'): Promise<boolean>;
  containers(ids: readonly string[]): Promise<readonly Resource<'Container'>[]>;
}

const idleMs = 60_000;

export async function plane({ seed, faultClass, clouds: names, serverClock = (clock) => clock, tuning, beside }: PlaneOptions): Promise<Plane> {
  const clock = fakeClock();
  const random = seededRandom(seed + 1);
  let [moves, busy] = [0, 0];
  const move = (): void => { moves++; };
  const resources = new AsyncDisposableStack();
  const clouds = await Promise.all(names.map(async (name, at) => {
    const cloud = resources.use(await testClouds[name]({ clock, seed: seed + 2 + 2 * at, busy: (by) => { busy += by; } }));
    for (const [fault, when] of scriptOf(faultClass, name)) cloud.faults.add(fault, when);
    // So that there is something to fail over from, and to.
    if (names.length > 1 && name === 'runpod') cloud.faults.add({ kind: 'no_capacity' }, { chance: 0.5, times: 4 });
    return cloud;
  }));
  const queues = { Container: memoryQueue(clock, random), Namespace: memoryQueue(clock, random), Processor: memoryQueue(clock, random), Service: memoryQueue(clock, random), Snapshot: memoryQueue(clock, random) };
  const store = memoryStore({ clock, random, queues });
  const processClock = serverClock(clock);

  return {
    clock, random, store, clouds,
    bought: () => clouds.flatMap((cloud) => cloud.bought()),
    start() {
      const process = mortal(processClock, move);
      void runScheduler({
        store: process.around(store), clock: process.clock, random, tuning, providers: clouds.map((cloud) => cloud.provider(process)), launch: { image: 'default' },
        queues: { Container: process.around(queues.Container), Namespace: process.around(queues.Namespace), Processor: process.around(queues.Processor), Service: process.around(queues.Service), Snapshot: process.around(queues.Snapshot) },
        secrets: { open: () => Promise.reject(new Error('there are no secrets')), known: async () => [] },
      }, new AbortController().signal);
      beside?.(process);
      return process;
    },
    other: () => mortal(processClock, move),
    async pass(mostMs) {
      clock.advance(Math.min(clock.nextMs() ?? idleMs, mostMs));
      for (let [quiet, turns] = [0, 0]; quiet < 3 && turns < 1_000;) {
        const before = moves;
        await new Promise((resolve) => { setImmediate(resolve); });
        if (busy === 0) turns++;
        quiet = moves === before && busy === 0 ? quiet + 1 : 0;
      }
    },
    async apart(work) {
      busy++;
      try {
        return await work();
      } finally {
        busy--;
        moves++;
      }
    },
    async create(id, spec) {
      await store.commit([{ do: 'put', resource: newContainer(id, spec) }, { do: 'wake', kind: 'Container', id }]);
    },
    async remove(id) {
      const found = await store.get('Container', id);
      if (found && found.goneAt === undefined) await store.commit([{ do: 'put', resource: { ...found, deletedAt: timestamp(clock.now()) } }, { do: 'wake', kind: 'Container', id }]);
    },
    async ask(id, what) {
      const found = await store.get('Container', id);
      if (!found || found.deletedAt !== undefined || found.goneAt !== undefined) return false;
      const { status, asked } = found.status;
      const isIt = what === 'suspend' ? status === 'running' : status === 'paused';
      if (!isIt || asked) return what === 'resume' && asked !== undefined;
      const now = clock.now();
      const wish: Asked = what === 'suspend' ? suspendAsked(found, now) : { do: 'resume', at: timestamp(now) };
      try {
        await store.commit([{ do: 'put', resource: { ...found, status: { ...found.status, asked: wish } } }, { do: 'wake', kind: 'Container', id }]);
      } catch (error) {
        // Somebody wrote it meanwhile.
        if (!isNebError(error, 'conflict')) throw error;
        return what === 'resume';
      }
      return true;
    },
    containers: async (ids) => await Promise.all(ids.map(async (id) => (await store.get('Container', id))!)),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };

  function newContainer(id: string, spec: object): Resource<'Container'> {
    const now = timestamp(clock.now());
    return {
      kind: 'Container', id, name: id, namespace: 'n', owner: 'o', labels: {}, seq: 0, version: 0, generation: 1,
      spec: containerSpec.parse(spec), status: newContainerStatus, finalizers: [], createdBy: 'o', createdAt: now, updatedAt: now,
    };
  }
}
