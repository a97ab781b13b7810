import { type ChildProcess, fork } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { fraction, messageOf, NebError, type Route, type RouteChange, systemClock, systemRandom } from '@neb/core-types';
import type { Gateway } from '../gateway.ts';
import { listenOn } from '../listen/accept.ts';
import type { GatewayOptions } from '../options.ts';
import { follow } from '../routes/follow.ts';
import { workerEnvironment } from './config.ts';
import { mergedGauges } from './merge.ts';
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts';

export interface ClusterOptions extends Pick<GatewayOptions, 'feed' | 'listen' | 'waker' | 'limits' | 'results' | 'zone' | 'random' | 'onTrouble'> {
  /** How many processes serve; one a core is right. */
  readonly workers: number;
  /** The module whose default export makes each worker's policy: functions cannot be sent to another process. */
  readonly policy: URL;
  /** What that is given; it must be something that can be copied. */
  readonly data?: unknown;
  readonly onTold?: ((told: unknown) => void) | undefined;
  /** Workers have told something new of routes: `gauges` has it. */
  readonly onGauges?: (() => void) | undefined;
  readonly onAsked?: ((question: unknown) => Promise<unknown>) | undefined;
  /** Which processes there are now, also such as do not serve yet; called whenever that changes. Those that this process leaves behind when it is killed end in peace on SIGTERM. */
  readonly onWorkers?: ((pids: readonly number[]) => void) | undefined;
  /** How often workers tell what they see, as long as there is something; 500 ms. */
  readonly gaugesEveryMs?: number | undefined;
  /** How long workers serve on where this process is gone, and then may take to end; 60,000 ms. */
  readonly orphanMs?: number | undefined;
}

/** A gateway of several processes. */
export interface GatewayCluster extends Omit<Gateway, 'listenAt'> {
  /** The processes that serve now. */
  pids(): readonly number[];
}

const firstPauseMs = 50;
const longestPauseMs = 5_000;
/** One that lived so long did not die of how it began. */
const longLifeMs = 5_000;

/** In V8's own size a thousand streams of events hold a fifth more memory, most of it garbage that nobody has looked at yet. */
const smallNursery = ['--max-semi-space-size=4'];

/** How this process itself finds packages. */
const conditions = process.execArgv.filter((argument) => argument.startsWith('--conditions='));

interface Worker {
  readonly child: ChildProcess;
  readonly ready: PromiseWithResolvers<void>;
  isReady: boolean;
  readonly drained: PromiseWithResolvers<number>;
}

/**
 * Starts several processes that serve on one port, which the system deals out among them. All listen when this resolves.
 * One that dies takes along what it had in flight, and another takes its place. Where this process dies they serve on.
 */
export async function createGatewayCluster(options: ClusterOptions): Promise<GatewayCluster> {
  const { onTrouble, waker } = options;
  const random = options.random ?? systemRandom;
  const host = options.listen.host ?? '127.0.0.1';
  const port = await portFor(host, options.listen.port);
  const start: WorkerStart = {
    host, port, tls: options.listen.tls, policy: options.policy.href, data: options.data, limits: options.limits, results: options.results, zone: options.zone,
    gaugesEveryMs: options.gaugesEveryMs ?? 500, orphanMs: options.orphanMs ?? 60_000,
  };
  const routes = new Map<string, Route>();
  const merged = mergedGauges(() => fraction(random));
  const workers = new Map<number, Worker>();
  const wakes = new Map<string, Promise<void>>();
  const ended = new AbortController();
  const synced = Promise.withResolvers<void>();
  let isSynced = false;
  let isDraining = false;

  const pids = (isReady?: boolean): number[] => [...workers.values()].filter((worker) => isReady === undefined || worker.isReady === isReady).map(({ child }) => child.pid).filter((pid) => pid !== undefined);
  const tell = (change: RouteChange): void => {
    for (const { child } of workers.values()) send(child, { kind: 'change', change });
  };
  /** Several workers that miss the same replica wake it once. */
  const wake = (routeId: string): Promise<void> => {
    const under = wakes.get(routeId) ?? waker.wake(routeId, ended.signal).finally(() => wakes.delete(routeId));
    wakes.set(routeId, under);
    return under;
  };
  const answer = (child: ChildProcess, id: number, work: () => Promise<unknown>): void => {
    void work().then((value) => send(child, { kind: 'answer', id, value }), (error: unknown) => send(child, { kind: 'answer', id, error: messageOf(error) }));
  };
  const hear = (of: number, worker: Worker, message: FromWorker): void => {
    const { child, ready, drained } = worker;
    switch (message.kind) {
      case 'ready':
        worker.isReady = true;
        return ready.resolve();
      case 'failed': return ready.reject(new Error(message.error));
      case 'gauges':
        merged.add(of, message.gauges);
        return options.onGauges?.();
      case 'told': return options.onTold?.(message.told);
      case 'ask': return answer(child, message.id, async () => options.onAsked?.(message.question));
      case 'wake': return answer(child, message.id, () => wake(message.routeId));
      case 'trouble': return onTrouble?.(new Error(message.error));
      case 'drained': return drained.resolve(message.left);
    }
  };
  const spawn = async (place: number, pauseMs: number): Promise<void> => {
    // It has a group of its own: what is typed at the first process does not end it.
    const child = fork(workerPath(), { serialization: 'advanced', execArgv: [...smallNursery, ...conditions], env: workerEnvironment(), stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true });
    const worker: Worker = { child, isReady: false, ready: Promise.withResolvers(), drained: Promise.withResolvers() };
    worker.ready.promise.catch(() => undefined);
    const life = AbortSignal.timeout(longLifeMs);
    workers.set(place, worker);
    options.onWorkers?.(pids());
    child.on('message', (message) => hear(place, worker, message as FromWorker));
    child.on('error', (error) => onTrouble?.(error));
    child.once('exit', (code, signal) => {
      merged.drop(place);
      workers.delete(place);
      options.onWorkers?.(pids());
      options.onGauges?.();
      worker.ready.reject(new Error(`A worker of the gateway ended as it began (${signal ?? code}).`));
      worker.drained.resolve(0);
      if (ended.signal.aborted || isDraining) return;
      onTrouble?.(new Error(`A worker of the gateway ended (${signal ?? code}); another takes its place.`));
      const nextMs = life.aborted ? firstPauseMs : Math.min(longestPauseMs, pauseMs * 2);
      void systemClock.sleep(pauseMs, ended.signal).then(() => {
        if (!ended.signal.aborted && !isDraining) return spawn(place, nextMs).catch(() => undefined);
      });
    });
    send(child, { kind: 'start', start });
    for (const put of routes.values()) send(child, { kind: 'change', change: { put } });
    if (isSynced) send(child, { kind: 'change', change: { synced: true } });
    await worker.ready.promise;
  };

  const following = follow(
    options.feed,
    {
      ids: () => routes.keys(),
      put(route) {
        routes.set(route.id, route);
        tell({ put: route });
      },
      remove(id) {
        routes.delete(id);
        tell({ remove: id });
      },
      synced() {
        if (!isSynced) tell({ synced: true });
        isSynced = true;
        synced.resolve();
      },
      trouble: (error) => onTrouble?.(new Error('The feed of routes broke. The last known ones are served.', { cause: error })),
    },
    { signal: ended.signal, sleep: (ms, signal) => systemClock.sleep(ms, signal) },
  );
  const dispose = async (): Promise<void> => {
    ended.abort();
    await Promise.all([...workers.values()].map(({ child }) => new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    })));
    await following;
  };
  try {
    await synced.promise;
    await Promise.all(Array.from({ length: options.workers }, (_, place) => spawn(place, firstPauseMs)));
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    address: { host, port },
    synced: synced.promise,
    gauges: () => merged.take(routes.keys()),
    pids: () => pids(true),
    async drain(ms) {
      isDraining = true;
      const left = await Promise.all([...workers.values()].map(({ child, isReady, drained }) => {
        if (isReady) send(child, { kind: 'drain', ms });
        else child.kill('SIGKILL');
        return drained.promise;
      }));
      return left.reduce((sum, one) => sum + one, 0);
    },
    [Symbol.asyncDispose]: dispose,
  };
}

function send(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message, () => undefined);
}

/** A port that several processes can listen on; for 0 one that is free. */
async function portFor(host: string, port: number): Promise<number> {
  try {
    const probe = await listenOn(host, port, true);
    const found = (probe.address() as AddressInfo).port;
    await new Promise((resolve) => probe.close(resolve));
    return found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTSUP') throw error;
    throw new NebError('unsupported', 'Several gateway processes cannot share a port on this system.', { hint: 'Use createGateway, which is one process, or run it on Linux.', cause: error });
  }
}

/** Beside this file, in the sources and in what is built of them. */
function workerPath(): string {
  return fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url));
}
