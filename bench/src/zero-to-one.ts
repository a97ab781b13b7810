import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Processor } from '@neb/core-types';
import { Redis } from 'ioredis';
import { ensureImage, followStarts, launchRaw, rawNetwork, removeRaw, startedAt, stays } from './engine.ts';
import { type BenchServer, startServer } from './server.ts';
import { type Figure, median, percentile } from './statistics.ts';

const image = 'neb/bench:latest';
const inTurn = 8;
/** Longer than a platform's offers and what was prepared for a processor are remembered, with what came before. */
const coldMs = 6_000;
const seed = 20_261_129;

/** One message that comes while nobody works, in milliseconds from the XADD. */
interface Trial {
  /** By the time that the server wrote into its decision. */
  readonly decidedMs: number;
  /** Until a follower of the change feed had it. */
  readonly seenMs: number;
  /** Until the engine says that the container started. */
  readonly startedMs: number;
}

/**
 * (j) a message comes while a processor has no worker: how soon is one decided on, and how soon does its container run? Several
 * processors in turn; in the place of its worker we take the message and say, as neb's worker does, that nothing is held.
 */
export async function zeroToOne(trials = 200, lone = Math.ceil(trials / 10)): Promise<readonly Figure[]> {
  await ensureImage(image);
  await using server = await startServer();
  const network = await rawNetwork();
  const warm = await launchRaw(image, network.id);
  const random = randomOf(seed);
  const floor: number[] = [];
  const ours: Trial[] = [];
  const bare: number[] = [];
  const alone: Trial[] = [];
  try {
    // A container that stays keeps the namespace's network, as ours keeps the floor's.
    await server.neb.containers.create({ metadata: { name: 'warm', namespace: 'bench' }, image, command: stays, platform: 'docker' });
    await server.neb.containers.wait({ namespace: 'bench', name: 'warm' }, { for: 'running' });
    await using stage = await onStage(server, [
      ...Array.from({ length: inTurn }, (_, n) => ({ namespace: 'bench', name: `zero-${n}` })),
      ...Array.from({ length: lone }, (_, n) => ({ namespace: `bench-${n}`, name: 'lone' })),
    ]);
    for (let n = 0; n <= trials; n++) {
      const at = { namespace: 'bench', name: `zero-${n % inTurn}` };
      await stage.idle(at);
      await sleep(random() * 1_500);
      const raw = await launchFloor(network.id);
      await sleep(random() * 500);
      const trial = await stage.trial(at);
      // The first warms up.
      if (n === 0) continue;
      floor.push(raw);
      ours.push(trial);
    }
    for (let n = 0; n < lone; n++) {
      await sleep(coldMs + random() * 2_000);
      bare.push(await launchFloor());
      alone.push(await stage.trial({ namespace: `bench-${n}`, name: 'lone' }));
    }
  } finally {
    await removeRaw(warm);
    await network.remove();
  }
  const of = (list: readonly Trial[], pick: keyof Trial): readonly number[] => list.map((trial) => trial[pick]);
  const seen = of(ours, 'seenMs');
  const started = of(ours, 'startedMs');
  const [more, moreCold] = [beyond(started, floor), beyond(of(alone, 'startedMs'), bare)];
  return [
    { what: `XADD → decision, as the change feed tells it, ${ours.length} times`, ours: said(seen), target: 'p99 ≤ 100 ms', met: percentile(seen, 0.99) <= 100 },
    { what: 'XADD → decision, by the time written in it', ours: said(of(ours, 'decidedMs')), target: 'p99 ≤ 100 ms', met: percentile(of(ours, 'decidedMs'), 0.99) <= 100 },
    { what: 'XADD → container started', ours: `${said(started)}: ${more[0].toFixed(0)} ms more at p50, ${more[1].toFixed(0)} ms at p99`, floor: said(floor), target: '≤ 150 ms more', met: more.every((ms) => ms <= 150) },
    { what: `XADD → decision where nothing is remembered, ${alone.length} times`, ours: said(of(alone, 'seenMs')), target: 'p99 ≤ 100 ms', met: percentile(of(alone, 'seenMs'), 0.99) <= 100 },
    { what: 'XADD → container started there, with its namespace\'s network', ours: `${said(of(alone, 'startedMs'))}: ${moreCold[0].toFixed(0)} ms more at p50, ${moreCold[1].toFixed(0)} ms at p99`, floor: said(bare), target: '≤ 150 ms more', met: moreCold.every((ms) => ms <= 150) },
  ];

  /** With a network of its own where none is given. */
  async function launchFloor(on?: string): Promise<number> {
    const from = Date.now();
    const own = on === undefined ? await rawNetwork('10.207.254.0/24') : undefined;
    const id = await launchRaw(image, on ?? own!.id);
    const ms = (await startedAt(id)) - from;
    await removeRaw(id);
    await own?.remove();
    return ms;
  }
}

interface At {
  readonly namespace: string;
  readonly name: string;
}

interface Stage extends AsyncDisposable {
  /** Resolves once it has no worker, and none that goes. */
  idle(at: At): Promise<void>;
  /** One message while it has none, which is worked off as soon as its worker runs. */
  trial(at: At): Promise<Trial>;
}

/** Processors at zero, and what is seen of them. */
async function onStage({ neb, dataDir }: BenchServer, all: readonly At[]): Promise<Stage> {
  const stop = new AbortController();
  const last = new Map<string, Processor>();
  const hearers = new Set<(at: string, processor: Processor) => void>();
  const starts = new Set<(id: string, labels: Readonly<Record<string, string>>) => void>();
  const events = await followStarts((id, labels) => starts.forEach((hear) => hear(id, labels)));
  const following = (async () => {
    for await (const change of neb.processors.watch({}, { signal: stop.signal })) {
      if (change.do !== 'changed') continue;
      const { namespace, name } = change.object.metadata;
      last.set(`${namespace}/${name}`, change.object);
      for (const hear of [...hearers]) hear(`${namespace}/${name}`, change.object);
    }
  })().catch((error: unknown) => { if (!stop.signal.aborted) throw error; });
  for (const metadata of all) {
    await neb.processors.create({ metadata, container: { image, command: stays, platform: 'docker' }, min_replicas: 0, max_replicas: 1, scale: { zero: { duration: '500ms' } } });
  }
  const settled = (processor: Processor | undefined): boolean => processor?.status.status === 'idle' && processor.status.replicas.draining === 0;
  const until = async <T>(at: At, pick: (processor: Processor) => T | undefined): Promise<T> => {
    const key = `${at.namespace}/${at.name}`;
    return await new Promise<T>((resolve) => {
      const hear = (of: string, processor: Processor): void => {
        const found = of === key ? pick(processor) : undefined;
        if (found === undefined) return;
        hearers.delete(hear);
        resolve(found);
      };
      hearers.add(hear);
    });
  };
  const idle: Stage['idle'] = async (at) => {
    if (!settled(last.get(`${at.namespace}/${at.name}`))) await until(at, (processor) => settled(processor) || undefined);
  };
  for (const at of all) await idle(at);
  const redis = new Redis(await redisUrl(dataDir));
  return {
    idle,
    async trial(at) {
      const { status: { stream, group } } = last.get(`${at.namespace}/${at.name}`)!;
      const seen = until(at, (processor) => (processor.status.replicas.desired > 0 ? { at: Date.now(), decided: Date.parse(processor.status.decision!.at) } : undefined));
      const begun = new Promise<{ readonly id: string; readonly container: string }>((resolve) => {
        const hear = (id: string, labels: Readonly<Record<string, string>>): void => {
          if (labels['neb.namespace'] !== at.namespace || !labels['neb.name']?.startsWith(`${at.name}-`)) return;
          starts.delete(hear);
          resolve({ id, container: labels['neb.container']! });
        };
        starts.add(hear);
      });
      const from = Date.now();
      await redis.xadd(stream, '*', 'data', JSON.stringify({ kind: 'StreamMessage', id: `${from}`, content: {}, created_at: Math.floor(from / 1_000) }));
      const { at: seenAt, decided } = await seen;
      const { id, container } = await begun;
      const startedMs = (await startedAt(id)) - from;
      const consumer = `container-${container}`;
      const [[, [[entry]]]] = (await redis.xreadgroup('GROUP', group, consumer, 'COUNT', 1, 'STREAMS', stream, '>')) as unknown as [[string, [[string]]]];
      await redis.multi().xack(stream, group, entry).set(`${stream}.state.drain.${group}.${consumer}`, 'drained', 'PX', 60_000).exec();
      last.delete(`${at.namespace}/${at.name}`);
      return { decidedMs: decided - from, seenMs: seenAt - from, startedMs };
    },
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      events[Symbol.dispose]();
      for (const at of all) await neb.processors.delete(at);
      await neb.containers.delete({ namespace: 'bench', name: 'warm' });
      while ((await neb.processors.list({ limit: 1 })).items.length > 0) await sleep(200);
      await neb.containers.wait({ namespace: 'bench', name: 'warm' }, { for: 'deleted' });
      stop.abort();
      await following;
    },
  };
}

/** Of the server's own Redis. */
export async function redisUrl(dataDir: string): Promise<string> {
  const [port, password] = await Promise.all(['port', 'password'].map((file) => readFile(join(dataDir, 'redis', file), 'utf8')));
  return `redis://:${encodeURIComponent(password!.trim())}@127.0.0.1:${port!.trim()}`;
}

/** How much more at the median and at p99. */
function beyond(samples: readonly number[], floor: readonly number[]): readonly [number, number] {
  const at = (share: number): number => percentile(samples, share) - percentile(floor, share);
  return [at(0.5), at(0.99)];
}

function said(samples: readonly number[]): string {
  return `p50 ${median(samples).toFixed(0)} ms, p99 ${percentile(samples, 0.99).toFixed(0)}, most ${Math.max(...samples).toFixed(0)}`;
}

/** The same numbers from 0 to 1 for the same seed (mulberry32). */
function randomOf(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
