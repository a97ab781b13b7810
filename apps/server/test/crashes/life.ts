import { containerSpec, timestamp } from '@neb/core-types';
import { fakeClock, seededRandom } from '@neb/core-types/testing';
import { memoryQueue, memoryStore, newContainerStatus, type Resource, runScheduler } from '@neb/scheduler';
import { testClouds } from './clouds.ts';
import { type CloudName, type FaultClass, scriptOf } from './fault-classes.ts';
import { type Death, type Mortal, mortal } from './mortal.ts';
import { doubles, unrest } from './wrongs.ts';

export interface LifeOptions {
  /** From which all chance is drawn. */
  readonly seed: number;
  readonly faultClass: FaultClass;
  readonly clouds: readonly CloudName[];
  readonly plan: Plan;
}

/** What is asked for in a life, and when its processes die. */
export interface Plan {
  readonly containers: number;
  /** When the first container is to be deleted, in milliseconds from the start, or once all is at rest; never if absent. */
  readonly deleteAt?: number | 'rest' | undefined;
  /** Each process's death, the first counted from the beginning of `deed`; the last process lives on. */
  readonly deaths: readonly Death[];
  readonly deed: 'create' | 'delete';
}

/** What a life came to. */
export interface Outcome {
  /** Whatever should not be; empty where all is well. */
  readonly wrongs: readonly string[];
  readonly deaths: number;
  readonly purchases: number;
  /** How often the first process waited in its deed, until it died or all was at rest for the first time. */
  readonly waits: number;
}

const minute = 60_000;
/** Within which all must have come to rest after the last that was asked for. */
const boundMs = 30 * minute;
/** Longer than a list lags, an orphan is spared and a sweep takes to come round: what has not been undone by then stays. */
const calmMs = minute;
const unreachableMs = 45_000;

/** Containers are created and one is deleted while the clouds have their faults; the control plane dies, and another process takes its place. */
export async function live({ seed, faultClass, clouds: names, plan }: LifeOptions): Promise<Outcome> {
  const clock = fakeClock();
  const random = seededRandom(seed + 1);
  let [moves, busy] = [0, 0];
  const move = (): void => { moves++; };
  await using resources = new AsyncDisposableStack();
  const clouds = await Promise.all(names.map(async (name, at) => {
    const cloud = resources.use(await testClouds[name]({ clock, seed: seed + 2 + 2 * at, busy: (by) => { busy += by; } }));
    for (const [fault, when] of scriptOf(faultClass, name)) cloud.faults.add(fault, when);
    // So that there is something to fail over from, and to.
    if (names.length > 1 && name === 'runpod') cloud.faults.add({ kind: 'no_capacity' }, { chance: 0.5, times: 4 });
    return cloud;
  }));
  const queues = { Container: memoryQueue(clock, random), Namespace: memoryQueue(clock, random), Processor: memoryQueue(clock, random), Service: memoryQueue(clock, random), Snapshot: memoryQueue(clock, random) };
  const store = memoryStore({ clock, random, queues });
  const ids = Array.from({ length: plan.containers }, (_, n) => `c${n}`);
  const bought = () => clouds.flatMap((cloud) => cloud.bought());
  const containers = async () => await Promise.all(ids.map(async (id) => (await store.get('Container', id))!));

  const wrongs: string[] = [];
  const deaths = [...plan.deaths];
  let [died, waits, waitsBefore] = [0, 0, 0];
  let alive = start();
  if (plan.deed === 'create') condemn();
  if (faultClass === 'unreachable machines') for (const cloud of clouds) cloud.cut?.(true);

  for (const id of ids) await store.commit([{ do: 'put', resource: newContainer(id) }, { do: 'wake', kind: 'Container', id }]);
  const startedAt = clock.now();
  const age = (): number => clock.now() - startedAt;
  let until = boundMs;
  let toDelete = plan.deleteAt;
  let calmSince: number | undefined;
  for (let healed = false; age() < until && wrongs.length === 0; ) {
    if (!healed && age() >= unreachableMs) {
      healed = true;
      for (const cloud of clouds) cloud.cut?.(false);
    }
    const restless = unrest(await containers(), bought());
    if (toDelete !== undefined && (toDelete === 'rest' ? restless.length === 0 : age() >= toDelete)) {
      toDelete = undefined;
      until = age() + boundMs;
      if (plan.deed === 'delete') condemn();
      await remove('c0');
    } else if (restless.length === 0 && toDelete === undefined) {
      if (died === 0 && waits === 0) waits = alive.waits() - waitsBefore;
      calmSince ??= age();
      if (age() - calmSince > calmMs) break;
    } else calmSince = undefined;
    await pass();
    if (alive.isDead()) {
      if (died++ === 0) waits = alive.waits() - waitsBefore;
      alive = start();
      condemn();
    }
    // One request that makes two is the cloud's doing, and put right.
    if (faultClass !== 'duplicate') wrongs.push(...doubles(bought()));
  }
  wrongs.push(...unrest(await containers(), bought()));
  alive.kill();
  return { wrongs, deaths: died, waits, purchases: clouds.reduce((sum, cloud) => sum + cloud.purchases(), 0) };

  function start(): Mortal {
    const process = mortal(clock, move);
    void runScheduler({
      store: process.around(store), clock: process.clock, random, providers: clouds.map((cloud) => cloud.provider(process)), launch: { image: 'default' },
      queues: { Container: process.around(queues.Container), Namespace: process.around(queues.Namespace), Processor: process.around(queues.Processor), Service: process.around(queues.Service), Snapshot: process.around(queues.Snapshot) },
      secrets: { open: () => Promise.reject(new Error('there are no secrets')), known: async () => [] },
    }, new AbortController().signal);
    return process;
  }

  function condemn(): void {
    const death = deaths.shift();
    waitsBefore = died === 0 ? alive.waits() : waitsBefore;
    if (death) alive.condemn(death);
  }

  async function remove(id: string): Promise<void> {
    const found = await store.get('Container', id);
    if (found && found.goneAt === undefined) await store.commit([{ do: 'put', resource: { ...found, deletedAt: timestamp(clock.now()) } }, { do: 'wake', kind: 'Container', id }]);
  }

  /** Lets time pass until somebody is to wake, and has all happen that follows from that at once. */
  async function pass(): Promise<void> {
    const most = typeof toDelete === 'number' ? Math.max(0, toDelete - age()) : Infinity;
    clock.advance(Math.min(clock.nextMs() ?? minute, most));
    for (let [quiet, turns] = [0, 0]; quiet < 3 && turns < 1_000; turns++) {
      const before = moves;
      await new Promise((resolve) => { setImmediate(resolve); });
      quiet = moves === before && busy === 0 ? quiet + 1 : 0;
    }
  }

  function newContainer(id: string): Resource<'Container'> {
    const now = timestamp(clock.now());
    const spec = containerSpec.parse({ image: 'x', accelerators: ['1:L4'], max_price: '1', restart: 'Always', spot: faultClass === 'interruption' });
    return {
      kind: 'Container', id, name: id, namespace: 'n', owner: 'o', labels: {}, seq: 0, version: 0, generation: 1,
      spec, status: newContainerStatus, finalizers: [], createdBy: 'o', createdAt: now, updatedAt: now,
    };
  }
}
