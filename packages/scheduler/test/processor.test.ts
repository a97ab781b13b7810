import { type ProcessorManifest, processorManifest, type Quota, type StreamGroup, timestamp } from '@neb/core-types';
import { expect, test } from 'vitest';
import { containersOf } from '../src/crew/containers-of.ts';
import { newProcessorStatus } from '../src/processor/status.ts';
import type { Resource } from '../src/store.ts';
import { type Stage, stage, type StageOptions } from './harness.ts';
import { memoryPlane, type MemoryPlane } from './memory-plane.ts';

interface Shop extends Stage {
  readonly plane: MemoryPlane;
  processor(): Promise<Resource<'Processor'>>;
  workers(): Promise<readonly Resource<'Container'>[]>;
  /** As the API changes it. */
  edit(change: (processor: Resource<'Processor'>) => Resource<'Processor'>): Promise<void>;
}

const scale = { up: { above_pressure: 100, duration: '10s' }, down: { below_pressure: 10, duration: '1m' }, zero: { duration: '2m' } };

async function shop(fields: Partial<ProcessorManifest> = {}, { quota, only, ...options }: StageOptions & { readonly quota?: Quota; readonly only?: NonNullable<MemoryPlane['only']> } = {}): Promise<Shop> {
  const s = stage({ startMs: 2_000, ...options });
  const plane = memoryPlane();
  if (only) plane.only = only;
  const { kind, metadata: _, ...spec } = processorManifest.parse({ container: { image: 'x', restart: 'Always' }, min_replicas: 0, max_replicas: 10, scale, ...fields });
  const now = timestamp(s.clock.now());
  const base = { owner: 'o', labels: {}, seq: 0, version: 0, generation: 1, finalizers: [], createdBy: 'o', createdAt: now, updatedAt: now };
  await s.store.commit([
    { do: 'put', resource: { ...base, kind: 'Namespace', id: 'ns', namespace: '', name: 'n', spec: quota ? { quota } : {}, status: { status: 'active', conditions: [] } } },
    { do: 'put', resource: { ...base, kind, id: 'p', namespace: 'n', name: 'translator', spec, status: newProcessorStatus({ id: 'p', stream: 'processor:n:translator' }) } },
    { do: 'wake', kind: 'Processor', id: 'p' },
  ]);
  s.start({ ...s.world, streams: plane });
  const processor = async (): Promise<Resource<'Processor'>> => (await s.store.get('Processor', 'p'))!;
  return {
    ...s, plane, processor,
    workers: async () => await containersOf(s.store, { kind: 'Processor', id: 'p', namespace: 'n' }),
    async edit(change) {
      await s.store.commit([{ do: 'put', resource: change(await processor()) }, { do: 'wake', kind: 'Processor', id: 'p' }]);
    },
  };
}

const word = async (s: Shop): Promise<string> => (await s.processor()).status.status;
const ready = async (s: Shop): Promise<number> => (await s.workers()).filter(({ status, deletedAt }) => status.ready && deletedAt === undefined).length;
const consumer = ({ id }: { readonly id: string }): string => `consumer-1-container-${id}`;

test('the first message of an idle processor starts a worker at once, and nothing to do for long enough ends it', async () => {
  const s = await shop();
  await s.until(async () => (await word(s)) === 'idle');
  await s.pass(600_000, 10_000);
  expect(await s.workers()).toEqual([]);
  const sentAt = s.clock.now();
  s.plane.send('p');
  await s.pass(100, 20);
  const [worker] = await s.workers();
  expect(worker).toMatchObject({ name: expect.stringMatching(/^translator-/), owner: 'o', ownerRef: 'translator.n.Processor', labels: { 'neb.processor': 'translator' } });
  expect(Date.parse(worker!.createdAt) - sentAt).toBeLessThanOrEqual(100);
  expect(Object.fromEntries(worker!.spec.env!.map(({ key, value }) => [key, value]))).toEqual({ REDIS_CONSUMER_GROUP: 'p', REDIS_CONSUMER: `container-${worker!.id}`, NEB_MAX_ATTEMPTS: '5', NEB_VISIBILITY_MS: '60000' });
  await s.until(async () => (await word(s)) === 'running');
  s.plane.take('p', consumer(worker!));
  await s.pass(10_000);
  s.plane.acknowledge('p', consumer(worker!));
  await s.pass(60_000);
  expect(await ready(s)).toBe(1);
  await s.pass(120_000);
  expect(await s.workers()).toEqual([]);
  expect(await word(s)).toBe('idle');
  expect((await s.events('p')).filter((reason) => reason === 'Scaled')).toHaveLength(2);
  await s.stop();
});

test('much pressure starts as many workers as it takes, and never more than the most', async () => {
  const s = await shop({ max_replicas: 4 });
  await s.until(async () => (await word(s)) === 'idle');
  s.plane.send('p', 5_000);
  await s.until(async () => (await ready(s)) === 4);
  expect(await s.workers()).toHaveLength(4);
  expect((await s.processor()).status).toMatchObject({ status: 'running', pressure: 5_000, backlog: 5_000, pending: 0, replicas: { desired: 4, ready: 4, starting: 0, draining: 0 } });
  await s.stop();
});

test('what a worker holds that says nothing is tended with how long it has run without a break', async () => {
  const s = await shop();
  await s.until(async () => (await word(s)) === 'idle');
  s.plane.send('p');
  await s.until(async () => (await ready(s)) === 1);
  const [worker] = await s.workers();
  s.plane.take('p', consumer(worker!));
  await s.pass(60_000);
  expect(s.plane.care).toMatchObject({ maxAttempts: 5, visibilityMs: 60_000, live: [{ name: worker!.id }] });
  const ranMs = s.clock.now() - Date.parse((await s.workers())[0]!.status.started_at!);
  expect(ranMs - s.plane.care!.live![0]!.runsMs, 'no older than its last look').toBeLessThanOrEqual(10_000);
  expect(s.plane.care!.live![0]!.runsMs).toBeGreaterThan(40_000);
  await s.stop();
});

test('a Redis that may lose messages is told of in a condition, until it is set right', async () => {
  const s = await shop();
  await s.until(async () => (await word(s)) === 'idle');
  const durable = async (): Promise<unknown> => (await s.processor()).status.conditions.find(({ type }) => type === 'Durable');
  expect(await durable()).toBeUndefined();
  s.plane.danger = 'all messages are lost when Redis ends';
  await s.edit((processor) => processor);
  await s.until(async () => (await durable()) !== undefined);
  expect(await durable()).toMatchObject({ status: 'false', reason: 'RedisLoses', message: 'all messages are lost when Redis ends' });
  s.plane.danger = undefined;
  await s.edit((processor) => processor);
  await s.until(async () => ((await durable()) as { readonly status: string }).status === 'true');
  await s.stop();
});

test.each<[string, { readonly platform?: string }, Partial<ProcessorManifest>, string | undefined]>([
  ['workers go where they reach the stream', { platform: 'memory' }, {}, undefined],
  ['workers elsewhere are not started, which is said', { platform: 'memory' }, { container: { image: 'x', restart: 'Always', platform: 'runpod' } }, 'workers on runpod cannot reach the stream: Redis is here; set it'],
  ['nor are any where none reaches it', {}, {}, 'workers cannot reach the stream: Redis is here; set it'],
])('%s', async (_, only, fields, said) => {
  const s = await shop({ min_replicas: 1, ...fields }, { only: { ...only, why: 'Redis is here; set it' } });
  await s.until(async () => (await word(s)) === (said === undefined ? 'running' : 'stalled'));
  expect(await s.workers()).toHaveLength(said === undefined ? 1 : 0);
  expect((await s.processor()).status).toMatchObject(said === undefined ? { replicas: { ready: 1 } } : { message: said, conditions: expect.arrayContaining([expect.objectContaining({ type: 'Stalled', reason: 'OutOfReach' })]) as unknown });
  await s.stop();
});

test('no worker goes that holds a message, however long it takes', async () => {
  const s = await shop();
  await s.until(async () => (await word(s)) === 'idle');
  s.plane.send('p', 400);
  await s.until(async () => (await ready(s)) >= 3);
  const crew = await s.workers();
  const [busy] = crew;
  for (const worker of crew) s.plane.take('p', consumer(worker));
  s.plane.take('p', consumer(busy!), 400 - crew.length);
  for (const worker of crew.slice(1)) s.plane.acknowledge('p', consumer(worker));
  s.plane.acknowledge('p', consumer(busy!), 400 - crew.length);
  await s.pass(1_200_000, 5_000);
  const left = (await s.workers()).map(({ id }) => id);
  expect(left).toContain(busy!.id);
  expect(left.length).toBeLessThan(3);
  s.plane.acknowledge('p', consumer(busy!));
  await s.pass(180_000);
  expect(await s.workers()).toEqual([]);
  await s.stop();
});

test('a worker that says that it is done goes at once, and one that says nothing after a while', async () => {
  const s = await shop({ min_replicas: 2, max_replicas: 2 });
  await s.until(async () => (await ready(s)) === 2);
  const [older, younger] = await s.workers();
  for (const worker of [older!, younger!]) {
    s.plane.send('p');
    s.plane.take('p', consumer(worker));
    s.plane.acknowledge('p', consumer(worker));
  }
  s.plane.talks.add(consumer(younger!));
  await s.edit((p) => ({ ...p, status: { ...p.status, pinned: 0 }, spec: { ...p.spec, min_replicas: 0 } }));
  await s.pass(4_000);
  expect((await s.workers()).map(({ id }) => id)).toEqual([older!.id]);
  expect(() => s.plane.take('p', consumer(older!))).toThrow();
  await s.pass(15_000);
  expect(await s.workers()).toEqual([]);
  await s.stop();
});

test('a changed container replaces workers one by one, never with fewer ready than before', async () => {
  const s = await shop({ min_replicas: 3, max_replicas: 3 });
  await s.until(async () => (await ready(s)) === 3);
  const before = new Set((await s.workers()).map(({ id }) => id));
  await s.edit((p) => ({ ...p, generation: 2, spec: { ...p.spec, container: { ...p.spec.container, image: 'y' } } }));
  let fewest = 3;
  let most = 0;
  await s.until(async () => {
    const at = (await s.workers()).filter(({ status, deletedAt }) => status.ready && deletedAt === undefined);
    fewest = Math.min(fewest, at.length);
    const draining = (await s.processor()).status.draining ?? [];
    most = Math.max(most, (await s.workers()).filter(({ id, deletedAt }) => deletedAt === undefined && !draining.some((one) => one.id === id)).length);
    return at.length === 3 && at.every(({ spec }) => spec.image === 'y') && (await word(s)) === 'running';
  });
  expect([fewest, most]).toEqual([3, 4]);
  expect((await s.workers()).some(({ id }) => before.has(id))).toBe(false);
  await s.stop();
});

test('a quota is told, and leaves as many workers as it has room for', async () => {
  const s = await shop({ min_replicas: 5 }, { quota: { containers: 2 } });
  await s.until(async () => (await ready(s)) === 2);
  await s.pass(60_000);
  expect(await s.workers()).toHaveLength(2);
  expect((await s.processor()).status).toMatchObject({ status: 'stalled', message: expect.stringMatching(/2 container/) });
  expect((await s.events('p')).filter((reason) => reason === 'Quota')).toHaveLength(1);
  const space = (await s.store.get('Namespace', 'ns'))!;
  await s.store.commit([{ do: 'put', resource: { ...space, spec: {} } }]);
  await s.until(async () => (await ready(s)) === 5 && (await word(s)) === 'running');
  await s.stop();
});

test('workers that end by themselves are replaced after waits that grow', async () => {
  const s = await shop({ min_replicas: 1, container: { image: 'x', restart: 'Never', kind: undefined, metadata: undefined } as unknown as ProcessorManifest['container'] });
  const seen = new Set<string>();
  for (let n = 0; n < 1_800; n++) {
    for (const { id, status, deletedAt } of await s.workers()) {
      seen.add(id);
      if (status.ready && deletedAt === undefined) s.cloud.exit(`${id}-1`, 1);
    }
    await s.pass(1_000);
  }
  // 10 s doubling to 5 min, each with its start: within half an hour not more than a dozen.
  expect(seen.size).toBeGreaterThan(5);
  expect(seen.size).toBeLessThan(14);
  expect((await s.processor()).status.message).toMatch(/^worker translator-\w+ ended by itself, and the next is started after a while: /);
  await s.stop();
}, 30_000);

test('a worker that is killed while messages are worked off is replaced within seconds, however often', async () => {
  const s = await shop({ min_replicas: 2, container: { image: 'x', restart: 'Never', kind: undefined, metadata: undefined } as unknown as ProcessorManifest['container'] });
  await s.until(async () => (await ready(s)) === 2);
  for (let n = 0; n < 12; n++) {
    const [one, other] = await s.workers();
    s.plane.send('p');
    s.plane.take('p', consumer(other!));
    s.plane.acknowledge('p', consumer(other!));
    await s.pass(3_000);
    s.cloud.exit(`${one!.id}-1`, 137);
    await s.pass(10_000);
    expect([n, await ready(s)]).toEqual([n, 2]);
  }
  await s.stop();
});

test('one that was asked to drain before its server died has its time all the same', async () => {
  const s = await shop({ min_replicas: 1 });
  await s.until(async () => (await ready(s)) === 1);
  const [worker] = await s.workers();
  s.plane.send('p');
  s.plane.take('p', consumer(worker!));
  s.plane.acknowledge('p', consumer(worker!));
  // As a server wrote it that was killed before it could ask.
  const since = timestamp(s.clock.now() - 600_000);
  await s.edit((p) => ({ ...p, status: { ...p.status, pinned: 0, draining: [{ id: worker!.id, since }] }, spec: { ...p.spec, min_replicas: 0 } }));
  await s.pass(8_000);
  expect(await ready(s)).toBe(1);
  await s.pass(10_000);
  expect(await s.workers()).toEqual([]);
  await s.stop();
});

test('while Redis is away workers stay, and the processor says so', async () => {
  const s = await shop({ min_replicas: 1 });
  await s.until(async () => (await ready(s)) === 1);
  s.plane.away = true;
  await s.pass(120_000);
  expect((await s.processor()).status).toMatchObject({ status: 'stalled', message: 'Redis is away' });
  expect(await ready(s)).toBe(1);
  s.plane.away = false;
  await s.until(async () => (await word(s)) === 'running');
  await s.stop();
});

test('deleting a processor removes its workers and then its stream', async () => {
  const s = await shop({ min_replicas: 2 });
  await s.until(async () => (await ready(s)) === 2);
  await s.edit((p) => ({ ...p, deletedAt: timestamp(s.clock.now()) }));
  await s.until(async () => (await s.processor()).goneAt !== undefined);
  expect(await s.workers()).toEqual([]);
  expect(s.plane.forgotten).toEqual(['p']);
  expect(await s.instances()).toEqual([]);
  await s.stop();
});

test('a namespace that is deleted takes its processors with it', async () => {
  const s = await shop({ min_replicas: 1 });
  await s.until(async () => (await ready(s)) === 1);
  const space = (await s.store.get('Namespace', 'ns'))!;
  await s.store.commit([{ do: 'put', resource: { ...space, deletedAt: timestamp(s.clock.now()) } }, { do: 'wake', kind: 'Namespace', id: 'ns' }]);
  await s.until(async () => (await s.store.get('Namespace', 'ns'))?.goneAt !== undefined);
  expect(s.plane.forgotten).toEqual(['p']);
  expect(await s.instances()).toEqual([]);
  await s.stop();
});

test('one without workers is looked at every few minutes, at no fixed time, and is not written', async () => {
  const s = await shop();
  const looks: number[] = [];
  const { pressure } = s.plane;
  Object.assign(s.plane, { pressure: (of: readonly StreamGroup[]) => (looks.push(s.clock.now()), pressure(of)) });
  await s.until(async () => (await word(s)) === 'idle');
  const { version } = await s.processor();
  await s.pass(7_200_000, 1_000);
  const waits = looks.slice(1).map((at, n) => at - looks[n]!).filter((ms) => ms > 60_000);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(200_000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(301_000);
  expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(30_000);
  expect((await s.processor()).version).toBe(version);
  await s.stop();
});

test('an hour with an idle worker writes the processor at most a few times', async () => {
  const s = await shop({ min_replicas: 1 });
  await s.until(async () => (await word(s)) === 'running');
  await s.pass(10_000);
  const { version } = await s.processor();
  await s.pass(3_600_000);
  expect((await s.processor()).version - version).toBeLessThanOrEqual(3);
  s.plane.send('p', 50);
  await s.pass(3_000);
  expect((await s.processor()).status).toMatchObject({ pressure: 50, backlog: 50 });
  await s.stop();
});

test('while a worker is at one long message the processor is written a few times a minute', async () => {
  const s = await shop();
  await s.until(async () => (await word(s)) === 'idle');
  s.plane.send('p');
  await s.until(async () => (await word(s)) === 'running');
  s.plane.take('p', consumer((await s.workers())[0]!));
  await s.pass(10_000);
  const { version } = await s.processor();
  await s.pass(600_000);
  const writes = (await s.processor()).version - version;
  expect(writes).toBeGreaterThanOrEqual(20);
  expect(writes).toBeLessThanOrEqual(41);
  await s.stop();
});

test('how long there was nothing to do is known to the next server, although nothing was written meanwhile', async () => {
  const s = await shop();
  await s.until(async () => (await word(s)) === 'idle');
  s.plane.send('p');
  await s.until(async () => (await word(s)) === 'running');
  const [worker] = await s.workers();
  s.plane.talks.add(consumer(worker!));
  s.plane.take('p', consumer(worker!));
  s.plane.acknowledge('p', consumer(worker!));
  await s.pass(10_000);
  const { version } = await s.processor();
  await s.pass(80_000);
  expect((await s.processor()).version).toBe(version);
  await s.stop();
  s.start({ ...s.world, streams: s.plane });
  await s.pass(25_000);
  expect(await s.workers()).toEqual([]);
  await s.stop();
});

test('a message that comes and goes in a quiet time does not make that time begin anew, although nothing was written of it', async () => {
  const s = await shop({ min_replicas: 1 });
  await s.until(async () => (await ready(s)) === 1);
  s.plane.send('p', 400);
  await s.until(async () => (await ready(s)) >= 3);
  const crew = await s.workers();
  s.plane.take('p', consumer(crew[0]!), 400);
  s.plane.acknowledge('p', consumer(crew[0]!), 400);
  await s.pass(48_000);
  s.plane.send('p');
  s.plane.take('p', consumer(crew[0]!));
  s.plane.acknowledge('p', consumer(crew[0]!));
  await s.pass(18_000);
  expect((await s.processor()).status.replicas.desired).toBe(1);
  await s.stop();
});
