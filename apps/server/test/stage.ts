import { memoryAuditLog, type AuditLog } from '@neb/audit';
import { unusedDatabase, unusedLedger } from './unused-ledger.ts';
import { type Provider, type Random, systemClock, systemRandom, type TrafficPlane } from '@neb/core-types';
import { unusedIdentity } from './people.ts';
import { memoryCloud, type MemoryCloud } from '@neb/core-types/testing';
import type { Identity } from '@neb/identity';
import { memoryQueue, memoryStore, runScheduler, type World } from '@neb/scheduler';
import type { Caller, Services } from '@neb/sdk/contract';
import { billKeys } from '../src/billing/bill-keys.ts';
import { makeLog } from '../src/log.ts';
import { keyring } from '../src/secrets/keyring.ts';
import { plane } from '../src/redis/plane.ts';
import { secretText } from '../src/secrets/secret-text.ts';
import { vault } from '../src/secrets/vault.ts';
import { recorder } from '../src/services/audit.ts';
import { secretReader } from '../src/services/secrets.ts';
import { services } from '../src/services/services.ts';
import { noBlobs } from './no-blobs.ts';
import { noDelivery } from './no-delivery.ts';
import { noRedis } from './no-redis.ts';

export const admin: Caller = { id: 'root', handle: 'root', roles: { root: 'owner' }, admin: true };
export const ada: Caller = { id: 'ada@example.com', handle: 'ada', roles: { 'ada@example.com': 'owner', acme: 'developer' }, admin: false };
export const eve: Caller = { id: 'eve@example.com', handle: 'eve', roles: { 'eve@example.com': 'owner' }, admin: false };

export interface Stage extends AsyncDisposable {
  readonly api: Services;
  readonly cloud: MemoryCloud;
  readonly store: ReturnType<typeof memoryStore>;
  readonly audit: AuditLog;
  /** Resolves when the container's status word is one of these. */
  until(id: string, ...words: readonly string[]): Promise<void>;
}

export interface StageOptions {
  readonly provider?: (cloud: MemoryCloud) => Provider;
  readonly random?: Random;
  readonly allowedRegistries?: readonly string[];
  /** False leaves the control loop out, so that nothing happens but what the test does. */
  readonly running?: boolean;
  /** The gateways in front of services; none by default. */
  readonly traffic?: TrafficPlane | ((store: Stage['store']) => TrafficPlane);
  /** Who there is; nobody by default. */
  readonly identity?: Identity;
}

/** The services over a store and a cloud in memory, with the control loop at work. */
export function stage({ provider, random = systemRandom, running = true, identity = unusedIdentity(), allowedRegistries, traffic }: StageOptions = {}): Stage {
  const clock = systemClock;
  const queues = { Container: memoryQueue(clock, random), Namespace: memoryQueue(clock, random), Processor: memoryQueue(clock, random), Service: memoryQueue(clock, random), Snapshot: memoryQueue(clock, random) };
  const store = memoryStore({ clock, random, queues });
  const cloud = memoryCloud({ clock, startMs: 1 });
  const safe = vault({ store, keyring: keyring([secretText('a key for tests')]), clock, random });
  const world: World = {
    store, queues, clock, random, traffic: typeof traffic === 'function' ? traffic(store) : traffic,
    providers: [provider?.(cloud) ?? cloud.provider],
    secrets: secretReader(store, safe),
    launch: { image: 'debian:stable-slim' },
    tuning: { restart: { firstMs: 1, maxMs: 1 }, relaunch: { firstMs: 1, maxMs: 1 }, stall: { firstMs: 20, maxMs: 20 } },
  };
  const audit = memoryAuditLog();
  const stop = new AbortController();
  const passes = running ? runScheduler(world, stop.signal) : Promise.resolve();
  return {
    api: services({
      world, plane: plane({ home: noRedis, store, sealed: store, vault: safe, clock, random, warn: () => undefined }), vault: safe, sealed: store, allowedRegistries, audit, ledger: unusedLedger(), billKeys: billKeys({ db: unusedDatabase(), vault: safe }), recorder: recorder({ audit, clock, log: makeLog({ level: 'silent', format: 'json', out: process.stdout }) }),
      rotate: async () => ({ rewrapped: 0, made: false }), delivery: noDelivery, blobs: noBlobs, identity, administrator: 'root', about: { version: '1', fleet: 'f', database: 'memory' },
    }),
    cloud,
    store,
    audit,
    async until(id, ...words) {
      const enough = AbortSignal.timeout(10_000);
      const after = await store.cursor();
      const there = async (): Promise<boolean> => words.includes((await store.get('Container', id))?.status.status ?? 'deleted');
      if (await there()) return;
      for await (const entry of store.changes({ after, signal: enough })) if (entry.id === id && (await there())) return;
      throw new Error(`${id} is ${(await store.get('Container', id))?.status.status}, not ${words.join(' or ')}`);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await passes;
    },
  };
}

/** The first `count` things that an endless source gives. */
export async function take<T>(source: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of source) if (taken.push(item) === count) break;
  return taken;
}
