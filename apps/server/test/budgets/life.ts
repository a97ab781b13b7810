import { PGlite } from '@electric-sql/pglite';
import { memoryAuditLog } from '@neb/audit';
import { billing, ledger, migrateBilling } from '@neb/billing';
import { spendingOf } from '@neb/billing/budget';
import { bookkeeping, type RunpodCloud, runpodCloud } from '@neb/cloud-simulator';
import { type Clock, type Provider, systemRandom } from '@neb/core-types';
import { fakeClock, seededRandom } from '@neb/core-types/testing';
import { runpod } from '@neb/providers-runpod';
import { memoryQueue, memoryStore, type Resource, runScheduler, type World } from '@neb/scheduler';
import type { Caller, Services } from '@neb/sdk/contract';
import { Kysely, PGliteDialect } from 'kysely';
import { billKeys } from '../../src/billing/bill-keys.ts';
import { runFeed } from '../../src/billing/run-feed.ts';
import { budgets } from '../../src/budgets/budgets.ts';
import { suspendable } from '../../src/budgets/suspendable.ts';
import { makeLog } from '../../src/log.ts';
import { plane } from '../../src/redis/plane.ts';
import { keyring } from '../../src/secrets/keyring.ts';
import { secretText } from '../../src/secrets/secret-text.ts';
import { vault } from '../../src/secrets/vault.ts';
import { recorder } from '../../src/services/audit.ts';
import { services } from '../../src/services/services.ts';
import { noBlobs } from '../no-blobs.ts';
import { noDelivery } from '../no-delivery.ts';
import { noRedis } from '../no-redis.ts';
import { unusedIdentity } from '../people.ts';
import { unusedDatabase, unusedLedger } from '../unused-ledger.ts';
import { mortal } from '../crashes/mortal.ts';

/** A control plane with budgets over a simulated cloud, in time that a test moves. */
export interface Life extends AsyncDisposable {
  readonly api: Services;
  readonly cloud: RunpodCloud;
  readonly store: ReturnType<typeof memoryStore>;
  readonly book: ReturnType<typeof ledger>;
  readonly clock: Clock;
  /** Lets so much time pass, with all that follows from it. */
  pass(ms: number): Promise<void>;
  /** The same until something holds, for at most so long. */
  until(isMet: () => Promise<boolean>, mostMs: number): Promise<void>;
  /** Kills the server that enforces, and starts another. */
  crash(): void;
  container(name: string, namespace?: string): Promise<Resource<'Container'>>;
  budget(name: string, namespace?: string): Promise<Resource<'Budget'>>;
}

export const root: Caller = { id: 'root', handle: 'root', roles: { root: 'owner' }, admin: true };

export interface LifeOptions {
  readonly startMs?: number | undefined;
  /** Whether usage is written into a ledger; false by default, as if whoever writes it were far behind. */
  readonly withLedger?: boolean | undefined;
}

export async function live({ startMs = Date.parse('2026-11-10T08:00:00Z'), withLedger = false }: LifeOptions = {}): Promise<Life> {
  const clock = fakeClock(startMs);
  const random = seededRandom(7);
  let [moves, busy] = [0, 0];
  const move = (): void => { moves++; };
  const cloud = await runpodCloud({ clock, random: seededRandom(2), machinery: bookkeeping({ clock }) });
  const db = withLedger ? new Kysely<unknown>({ dialect: new PGliteDialect({ pglite: watched(await PGlite.create()) }) }) : undefined;
  if (db) await migrateBilling(db);
  const queues = Object.fromEntries((['Container', 'Namespace', 'Processor', 'Service', 'Snapshot', 'Budget'] as const).map((kind) => [kind, memoryQueue(clock, random)])) as Record<'Container' | 'Namespace' | 'Processor' | 'Service' | 'Snapshot' | 'Budget', ReturnType<typeof memoryQueue>>;
  const store = memoryStore({ clock, random, queues });
  const providers: Provider[] = [runpod({ apiKey: cloud.apiKey, baseUrl: 'http://simulator', clock, fetch: async (...asked) => {
    busy++;
    try {
      return await cloud.fetch(...asked);
    } finally {
      busy--;
      move();
    }
  } })];
  const spending = (process?: ReturnType<typeof mortal>) => budgets({
    store: process ? { ...process.around(store), as: (view) => process.around(store.as(view)) } : store, clock: process?.clock ?? clock, random, queue: process ? process.around(queues.Budget) : queues.Budget, spending: async (query) => (db ? await spendingOf(db, query) : { spent: query.sinceMs.map(() => 0n), runs: [] }), onTrouble: () => undefined, canSuspend: suspendable(providers),
  });
  let alive = mortal(clock, move);
  let enforcing = spending(alive);
  const stop = new AbortController();
  const safe = vault({ store, keyring: keyring([secretText('a key for tests')]), clock, random: systemRandom });
  const world: World = {
    store, queues, clock, random, providers, launch: { image: 'default' }, secrets: { open: () => Promise.reject(new Error('there are no secrets')), known: async () => [] },
    budgets: { reserve: (...asked) => enforcing.bounds.reserve(...asked), atMinimum: (...asked) => enforcing.bounds.atMinimum(...asked) },
  };
  const audit = memoryAuditLog();
  const book = db ? ledger(db) : unusedLedger();
  const api = services({
    world, plane: plane({ home: noRedis, store, sealed: store, vault: safe, clock, random, warn: () => undefined }), vault: safe, sealed: store, audit, ledger: book, billKeys: billKeys({ db: unusedDatabase(), vault: safe }), budgets: spending(),
    recorder: recorder({ audit, clock, log: makeLog({ level: 'silent', format: 'json', out: process.stdout }) }), rotate: async () => ({ rewrapped: 0, made: false }), delivery: noDelivery, blobs: noBlobs,
    identity: unusedIdentity(), administrator: 'root', about: { version: '1', fleet: 'f', database: 'memory' },
  });
  const running = [
    runScheduler(world, stop.signal),
    ...(db ? [billing({ db, runs: runFeed(store), find: async () => undefined, clock }).run({ signal: stop.signal })] : []),
  ];
  void enforcing.run(stop.signal);
  await settle();

  return {
    api, cloud, store, clock, book, pass,
    async until(isMet, mostMs) {
      const by = clock.now() + mostMs;
      while (!(await isMet())) {
        if (clock.now() >= by) throw new Error(`not within ${mostMs / 1_000} s`);
        await step(by - clock.now());
      }
    },
    crash() {
      alive.kill();
      alive = mortal(clock, move);
      enforcing = spending(alive);
      void enforcing.run(stop.signal);
    },
    container: async (name, namespace = 'shop') => (await store.find({ kind: 'Container', namespace, name }))!,
    budget: async (name, namespace = 'shop') => (await store.find({ kind: 'Budget', namespace, name }))!,
    async [Symbol.asyncDispose]() {
      alive.kill();
      stop.abort();
      await pass(60_000);
      await Promise.all(running);
      await db?.destroy();
      await cloud[Symbol.asyncDispose]();
    },
  };

  async function pass(ms: number): Promise<void> {
    const by = clock.now() + ms;
    while (clock.now() < by) await step(by - clock.now());
  }

  async function step(mostMs: number): Promise<void> {
    clock.advance(Math.max(1, Math.min(clock.nextMs() ?? mostMs, mostMs)));
    await settle();
  }

  /** Until nobody does anything any more but wait for time to pass. */
  async function settle(): Promise<void> {
    for (let [quiet, turns] = [0, 0]; quiet < 4 && turns < 5_000; turns++) {
      const before = moves;
      await new Promise((resolve) => { setImmediate(resolve); });
      quiet = moves === before && busy === 0 ? quiet + 1 : 0;
    }
  }

  function watched(engine: PGlite): PGlite {
    return new Proxy(engine, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...asked: unknown[]): unknown => {
          const answer: unknown = (value as (...args: unknown[]) => unknown).apply(target, asked);
          if (!(answer instanceof Promise)) return answer;
          busy++;
          return answer.finally(() => { busy--; move(); });
        };
      },
    });
  }
}
