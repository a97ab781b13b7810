import { type Clock, type ContainerSpec, containerSpec, type Instance, NebError, type Provider, timestamp } from '@neb/core-types';
import { fakeClock, memoryCloud, type MemoryCloud, seededRandom } from '@neb/core-types/testing';
import { newContainerStatus } from '../src/container/new-status.ts';
import { memoryStore } from '../src/memory-store.ts';
import { runScheduler } from '../src/scheduler.ts';
import type { Resource, Store } from '../src/store.ts';
import { memoryQueue } from '../src/work/memory-queue.ts';
import type { AttemptFact, Tuning, World } from '../src/world.ts';

export interface TestClock extends Clock {
  /** Lets time pass for all who sleep. */
  advance(ms: number): void;
  /** Sets the time of day, without letting any pass. */
  jump(ms: number): void;
}

/** A clock whose time of day can be set, as on a real machine: who sleeps does not notice. */
function testClock(): TestClock {
  const time = fakeClock();
  let offset = 0;
  return { now: () => time.now() + offset, sleep: (ms, signal) => time.sleep(ms, signal), advance: (ms) => time.advance(ms), jump: (ms) => { offset += ms; } };
}

/** Lets everything that can happen without time passing happen. */
export async function settle(turns = 3): Promise<void> {
  for (let n = 0; n < turns; n++) await new Promise((resolve) => { setImmediate(resolve); });
}

export interface Wish {
  readonly id: string;
  readonly spec?: Partial<ContainerSpec>;
  readonly namespace?: string;
}

export interface Stage {
  readonly clock: TestClock;
  readonly store: ReturnType<typeof memoryStore>;
  readonly cloud: MemoryCloud;
  readonly world: World;
  readonly secrets: Map<string, string>;
  readonly attempts: AttemptFact[];
  readonly troubles: string[];
  /** As the API creates a container. */
  create(wish: Wish): Promise<void>;
  /** As the API changes one. */
  change(id: string, spec: Partial<ContainerSpec>): Promise<void>;
  /** As the API asks for deletion. */
  remove(id: string): Promise<void>;
  get(id: string): Promise<Resource<'Container'>>;
  /** The status word and message of a container. */
  said(id: string): Promise<string>;
  instances(): Promise<readonly Instance[]>;
  events(id: string): Promise<readonly string[]>;
  /** Lets time pass in steps of `stepMs`. */
  pass(ms: number, stepMs?: number): Promise<void>;
  /** Lets time pass until `reached` holds; fails after ten minutes of it. */
  until(reached: () => Promise<boolean>): Promise<void>;
  start(world?: World): void;
  stop(): Promise<void>;
}

export interface StageOptions {
  readonly seed?: number;
  readonly startMs?: number;
  readonly tuning?: Partial<Tuning>;
  readonly provider?: (cloud: MemoryCloud, clock: TestClock) => Provider;
}

/** A world in memory, with a clock that stands still until told. */
export function stage({ seed = 1, startMs, tuning, provider }: StageOptions = {}): Stage {
  const clock = testClock();
  const random = seededRandom(seed);
  const queues = { Container: memoryQueue(clock, random), Namespace: memoryQueue(clock, random), Processor: memoryQueue(clock, random), Service: memoryQueue(clock, random), Snapshot: memoryQueue(clock, random) };
  const store = memoryStore({ clock, random, queues });
  const cloud = memoryCloud({ clock, ...(startMs !== undefined && { startMs }) });
  const secrets = new Map<string, string>();
  const attempts: AttemptFact[] = [];
  const troubles: string[] = [];
  const world: World = {
    store, queues, clock, random, tuning, providers: [provider ? provider(cloud, clock) : cloud.provider],
    launch: { image: 'default' },
    secrets: {
      open: async (namespace, name) => secrets.get(`${namespace}/${name}`) ?? missing(name),
      known: async (namespace, name) => [secrets.get(`${namespace}/${name}`)].filter((value) => value !== undefined),
    },
    observer: { onAttempt: (fact) => attempts.push(fact), onTrouble: (where, error) => troubles.push(`${where}: ${String(error)}`) },
  };
  let running: { stop: AbortController; over: Promise<void> } | undefined;

  const self: Stage = {
    clock, store, cloud, world, secrets, attempts, troubles,
    async create({ id, spec = {}, namespace = 'n' }) {
      const now = timestamp(clock.now());
      const resource: Resource<'Container'> = {
        kind: 'Container', id, name: id, namespace, owner: 'o', labels: {}, seq: 0, version: 0, generation: 1, spec: containerSpec.parse({ image: 'x', ...spec }),
        status: newContainerStatus, finalizers: [], createdBy: 'o', createdAt: now, updatedAt: now,
      };
      await store.commit([{ do: 'put', resource }, { do: 'wake', kind: 'Container', id }]);
    },
    change: (id, spec) => edit(store, id, (c) => ({ ...c, spec: { ...c.spec, ...spec }, generation: c.generation + 1 })),
    remove: (id) => edit(store, id, (c) => ({ ...c, deletedAt: c.deletedAt ?? timestamp(clock.now()) })),
    async get(id) {
      const found = await store.get('Container', id);
      if (!found) throw new Error(`no container ${id}`);
      return found;
    },
    async said(id) {
      const { status } = await self.get(id);
      return `${status.status}${status.message ? `: ${status.message}` : ''}`;
    },
    async instances() {
      const all: Instance[] = [];
      for await (const instance of cloud.provider.list({ fleet: await store.fleet() })) all.push(instance);
      return all;
    },
    async events(id) {
      const { items } = await store.events({ objectId: id });
      return items.map((event) => event.reason).reverse();
    },
    async pass(ms, stepMs = Math.min(1_000, ms)) {
      await settle();
      for (let passed = 0; passed < ms; passed += stepMs) {
        clock.advance(stepMs);
        await settle();
      }
    },
    async until(reached) {
      await settle();
      for (let n = 0; n < 6_000; n++) {
        if (await reached()) return;
        clock.advance(n < 100 ? 20 : 100);
        await settle();
      }
      throw new Error('did not come about within ten minutes');
    },
    start(other = world) {
      const stop = new AbortController();
      running = { stop, over: runScheduler(other, stop.signal) };
    },
    async stop() {
      running?.stop.abort();
      await settle();
      for (let n = 0; n < 20; n++) {
        clock.advance(1_000);
        await settle();
      }
      await running?.over;
    },
  };
  return self;
}

/** As the API writes: again where somebody else wrote meanwhile. */
async function edit(store: Store, id: string, change: (container: Resource<'Container'>) => Resource<'Container'>): Promise<void> {
  const found = await store.get('Container', id);
  if (!found || found.goneAt !== undefined) return;
  await store.commit([{ do: 'put', resource: change(found) }, { do: 'wake', kind: 'Container', id }]);
}

function missing(name: string): never {
  throw new NebError('not_found', `no secret ${name}`);
}
