import { containerSpec, endedWords, fraction, timestamp } from '@neb/core-types';
import { fakeClock, seededRandom } from '@neb/core-types/testing';
import { bookkeeping, type Fault, runpodCloud, type When } from '@neb/cloud-simulator';
import { runpod } from '@neb/providers-runpod';
import { memoryQueue, memoryStore, newContainerStatus, type Resource, runScheduler } from '@neb/scheduler';
import { type Death, type Mortal, mortal } from './mortal.ts';

/** What goes wrong at the cloud in a life, by the name of its class. */
export const faultClasses = {
  none: [],
  'no capacity': [[{ kind: 'no_capacity' }, { times: 2 }]],
  'empty wallet': [[{ kind: 'empty_wallet' }, { times: 1 }]],
  throttling: [[{ kind: 'throttled', retryAfterS: 5 }, { chance: 0.3, times: 5 }]],
  'slow boot': [[{ kind: 'slow_boot', ms: 90_000 }, {}]],
  'lost answers': [[{ kind: 'lost_answer' }, { chance: 0.3, times: 4 }]],
  'lost requests': [[{ kind: 'lost_request' }, { chance: 0.3, times: 4 }]],
  duplicate: [[{ kind: 'duplicate' }, { times: 2 }]],
  'list lag': [[{ kind: 'list_lag', ms: 10_000 }, {}]],
  'lag and lost answers': [[{ kind: 'list_lag', ms: 10_000 }, {}], [{ kind: 'lost_answer' }, { operation: 'createPod', times: 2 }]],
  'slow delete': [[{ kind: 'slow_delete', ms: 20_000 }, {}]],
  vanishing: [[{ kind: 'vanish', afterMs: 15_000 }, { times: 1 }]],
  'price change': [[{ kind: 'price_change', factor: 3 }, { times: 1 }]],
  'expired key': [[{ kind: 'expired_key' }, { forMs: 20_000 }]],
  'server errors': [[{ kind: 'server_error', status: 502 }, { chance: 0.5, forMs: 30_000 }]],
} as const satisfies Readonly<Record<string, readonly (readonly [Fault, When])[]>>;

export type FaultClass = keyof typeof faultClasses;

export interface LifeOptions {
  readonly seed: number;
  readonly faultClass: FaultClass;
  /** Drawn from the seed where it is not given. */
  readonly death?: Death;
}

/** What a life came to. */
export interface Outcome {
  /** Whatever should not be; empty where all is well. */
  readonly wrongs: readonly string[];
  readonly died: boolean;
  readonly purchases: number;
}

const minute = 60_000;
/** Within which all must have come to rest after the last that was asked for. */
const boundMs = 30 * minute;

/** Containers are created and one is deleted while the cloud has its faults; the control plane dies once and another takes its place. */
export async function live({ seed, faultClass, death }: LifeOptions): Promise<Outcome> {
  const chance = seededRandom(seed);
  const draw = (below: number): number => Math.floor(fraction(chance) * below);
  const clock = fakeClock();
  const random = seededRandom(seed + 1);
  const cloud = await runpodCloud({ clock, random: seededRandom(seed + 2), machinery: bookkeeping({ clock }) });
  await using _ = cloud;
  const queues = { Container: memoryQueue(clock, random), Namespace: memoryQueue(clock, random), Processor: memoryQueue(clock, random) };
  const store = memoryStore({ clock, random, queues });
  for (const [fault, when] of faultClasses[faultClass] as readonly (readonly [Fault, When])[]) cloud.faults.add(fault, when);

  const plan = { count: 1 + draw(3), deleteAtMs: draw(90_000), death: death ?? ({ at: 1 + draw(120), when: draw(2) === 0 ? 'before' : 'after' } as const) };
  const ids = Array.from({ length: plan.count }, (_, n) => `c${n}`);
  let alive = start(plan.death);
  let died = false;
  const wrongs: string[] = [];

  for (const id of ids) await create(id);
  const startedAt = clock.now();
  let deleted = false;
  let calmSince: number | undefined;
  while (clock.now() - startedAt < boundMs && wrongs.length === 0) {
    if (!deleted && clock.now() - startedAt >= plan.deleteAtMs) {
      deleted = true;
      await change('c0', (c) => ({ ...c, deletedAt: timestamp(clock.now()) }));
    }
    if (alive.isDead() && !died) {
      died = true;
      alive = start();
    }
    clock.advance(500);
    await settle();
    wrongs.push(...doubles());
    const faulty = await unrest();
    calmSince = deleted && faulty.length === 0 ? (calmSince ?? clock.now()) : undefined;
    // Longer than a list lags and an orphan is spared.
    if (calmSince !== undefined && clock.now() - calmSince > 2 * minute) break;
  }
  wrongs.push(...(await unrest()));
  alive.kill();
  return { wrongs, died, purchases: cloud.exchanges.filter(({ operation, status }) => operation === 'createPod' && status < 300).length };

  function start(last?: Death): Mortal {
    const process = mortal(clock, last);
    const provider = runpod({ apiKey: cloud.apiKey, baseUrl: 'http://simulator', clock: process.clock, fetch: (...asked) => process.step(() => cloud.fetch(...asked)) });
    void runScheduler({
      store: process.around(store), clock: process.clock, random, providers: [provider], launch: { image: 'default' },
      queues: { Container: process.around(queues.Container), Namespace: process.around(queues.Namespace), Processor: process.around(queues.Processor) },
      secrets: { open: () => Promise.reject(new Error('there are no secrets')), known: async () => [] },
    }, new AbortController().signal);
    return process;
  }

  async function create(id: string): Promise<void> {
    const now = timestamp(clock.now());
    const resource: Resource<'Container'> = {
      kind: 'Container', id, name: id, namespace: 'n', owner: 'o', labels: {}, seq: 0, version: 0, generation: 1,
      spec: containerSpec.parse({ image: 'x', accelerators: ['1:L4'], max_price: '1', restart: 'Always' }), status: newContainerStatus, finalizers: [], createdBy: 'o', createdAt: now, updatedAt: now,
    };
    await store.commit([{ do: 'put', resource }, { do: 'wake', kind: 'Container', id }]);
  }

  async function change(id: string, how: (container: Resource<'Container'>) => Resource<'Container'>): Promise<void> {
    const found = await store.get('Container', id);
    if (found && found.goneAt === undefined) await store.commit([{ do: 'put', resource: how(found) }, { do: 'wake', kind: 'Container', id }]);
  }

  /** Attempts with more than one pod, where it is not the cloud that makes two of one request. */
  function doubles(): readonly string[] {
    if (faultClass === 'duplicate') return [];
    const keys = cloud.pods().map(({ env }) => env['NEB_KEY'] ?? '');
    return keys.filter((key, at) => keys.indexOf(key) !== at).map((key) => `${key} was bought twice`);
  }

  /** Pods that no container accounts for, containers with two, and rows that are not where they are to be. */
  async function unrest(): Promise<readonly string[]> {
    const found: string[] = [];
    const owned = new Set<string>();
    for (const id of ids) {
      const container = (await store.get('Container', id))!;
      const { status, attempt } = container.status;
      if (container.deletedAt !== undefined) {
        if (container.goneAt === undefined || container.finalizers.length > 0) found.push(`${id} is to be gone and is ${status}`);
      } else if (status === 'running') owned.add(attempt?.ref ?? '');
      else if (!(endedWords.includes(status) && container.finalizers.length === 0 && container.status.reason !== undefined)) found.push(`${id} is stuck: ${status} ${container.status.message ?? ''}`);
    }
    const pods = cloud.pods().map((pod) => pod.id);
    for (const ref of pods) if (!owned.has(ref)) found.push(`pod ${ref} has no owner`);
    for (const ref of owned) if (!pods.includes(ref)) found.push(`a container runs in pod ${ref}, which is not there`);
    return found;
  }
}

async function settle(turns = 4): Promise<void> {
  for (let n = 0; n < turns; n++) await new Promise((resolve) => { setImmediate(resolve); });
}
