import { bookkeeping, type RunpodCloud, runpodCloud } from '@neb/cloud-simulator';
import { type ContainerSpec, containerSpec, timestamp } from '@neb/core-types';
import { fakeClock, seededRandom } from '@neb/core-types/testing';
import { runpod } from '@neb/providers-runpod';
import { memoryQueue, memoryStore, newContainerStatus, type Resource, runScheduler } from '@neb/scheduler';

/** What the cloud was asked in an hour, by operation. */
export interface Hour {
  readonly calls: Readonly<Record<string, number>>;
  readonly total: number;
  /** Those that would have bought something. */
  readonly creates: number;
  readonly running: number;
  /** What the first container says. */
  readonly says: string;
}

export interface HourOptions {
  readonly specs: readonly Readonly<Record<string, unknown>>[];
  /** What is wrong with the cloud. */
  readonly prepare: (cloud: RunpodCloud) => void;
  /** By how much the clock moves at once. */
  readonly stepMs: number;
}

const purchases: readonly string[] = ['createPod', 'podRentInterruptable'];
const hourMs = 3_600_000;

/** Containers that wait at a simulated RunPod, for an hour of virtual time after their first half an hour. */
export async function hourOfWaiting({ specs, prepare, stepMs }: HourOptions): Promise<Hour> {
  const clock = fakeClock();
  const random = seededRandom(1);
  await using cloud = await runpodCloud({ clock, random: seededRandom(2), machinery: bookkeeping({ clock }) });
  prepare(cloud);
  const queues = { Container: memoryQueue(clock, random), Namespace: memoryQueue(clock, random), Processor: memoryQueue(clock, random), Service: memoryQueue(clock, random), Snapshot: memoryQueue(clock, random) };
  const store = memoryStore({ clock, random, queues });
  const provider = runpod({ apiKey: cloud.apiKey, baseUrl: 'http://simulator', clock, fetch: cloud.fetch });
  const stop = new AbortController();
  const over = runScheduler({
    store, clock, random, providers: [provider], launch: { image: 'default' }, queues,
    secrets: { open: () => Promise.reject(new Error('there are no secrets')), known: async () => [] },
  }, stop.signal);
  for (const [n, spec] of specs.entries()) {
    await create(`c${n}`, containerSpec.parse({ image: 'x', ...spec }));
    // Not all at once: what came at different times is looked at at different times.
    await pass(500);
  }
  await pass(1_800_000);
  const before = cloud.exchanges.length;
  await pass(hourMs);
  const asked = cloud.exchanges.slice(before).map(({ operation }) => operation);
  const containers = await Promise.all(specs.map((_, n) => store.get('Container', `c${n}`)));
  stop.abort();
  await pass(20_000);
  await over;
  const { status, message } = containers[0]?.status ?? { status: 'none' };
  return {
    creates: asked.filter((operation) => purchases.includes(operation)).length,
    calls: Object.fromEntries([...Map.groupBy(asked, (operation) => operation)].map(([operation, all]) => [operation, all.length])),
    total: asked.length,
    running: containers.filter((container) => container?.status.status === 'running').length,
    says: `${status}: ${message ?? ''}`,
  };

  async function create(id: string, spec: ContainerSpec): Promise<void> {
    const now = timestamp(clock.now());
    const resource: Resource<'Container'> = {
      kind: 'Container', id, name: id, namespace: 'n', owner: 'o', labels: {}, seq: 0, version: 0, generation: 1,
      spec, status: newContainerStatus, finalizers: [], createdBy: 'o', createdAt: now, updatedAt: now,
    };
    await store.commit([{ do: 'put', resource }, { do: 'wake', kind: 'Container', id }]);
  }

  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      clock.advance(Math.min(ms, stepMs));
      for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => { setImmediate(resolve); });
    }
  }
}
