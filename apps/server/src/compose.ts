import { join } from 'node:path';
import { auditLog } from '@neb/audit';
import { billing, ledger } from '@neb/billing';
import { spendingOf } from '@neb/billing/budget';
import { type Clock, type Random, systemClock, systemRandom } from '@neb/core-types';
import type { Grant } from '@neb/identity';
import { loginDoor, openIdIssuer } from '@neb/identity/login';
import { experience, type Observer, runScheduler, standstill, type World } from '@neb/scheduler';
import { blobs } from './archives/blobs.ts';
import { bearerOf, handleOf, localToken } from './auth/authenticate.ts';
import { openIdentity } from './auth/open-identity.ts';
import { billKeys } from './billing/bill-keys.ts';
import { usageDelivery } from './billing/delivery.ts';
import { runFeed, usageObjects } from './billing/run-feed.ts';
import { lastCount, streamFeed } from './billing/stream-feed.ts';
import { budgets } from './budgets/budgets.ts';
import { suspendable } from './budgets/suspendable.ts';
import { closers, type Closers } from './closers.ts';
import type { Config } from './config.ts';
import { makeDataFolder, secretFile } from './data-folder.ts';
import { openDatabase } from './database/open.ts';
import { gatewayPlane } from './gateway/plane.ts';
import { doors } from './http/doors.ts';
import { isLoopback, stranger } from './http/gate.ts';
import { limits } from './http/limits.ts';
import { login } from './http/login.ts';
import { listen } from './http/server.ts';
import { sockets } from './http/sockets.ts';
import { openInside } from './inside/open-inside.ts';
import { withInside } from './inside/with-inside.ts';
import { type Log, makeLog } from './log.ts';
import { metrics } from './metrics.ts';
import { observing } from './observer.ts';
import { type OpenProvider, openProviders, type PlatformTools } from './platforms.ts';
import { encryptionKeys } from './secrets/encryption-keys.ts';
import { finishRotation, rotateKey } from './secrets/rotation.ts';
import { vault } from './secrets/vault.ts';
import { redisHome } from './redis/home.ts';
import { plane } from './redis/plane.ts';
import { recorder } from './services/audit.ts';
import { secretReader } from './services/secrets.ts';
import { services } from './services/services.ts';
import { version } from './version.ts';

/** The rest of the time is for passes that are aborted to notice, and for their leases to be given back. */
const drainShare = 0.7;
/** Without being asked again. */
const standstillMs = 15_000;

/** What a test may put in the place of the real thing. */
export interface Deps {
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly log?: Log | undefined;
  /** Instead of those that the configuration names. The server does not close them. */
  readonly providers?: readonly OpenProvider[] | undefined;
  /** How machines of clouds are reached. */
  readonly machineAccess?: PlatformTools['machineAccess'];
  readonly tuning?: World['tuning'];
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  /**
   * Stops taking requests, breaks streams so that their readers go on elsewhere, lets passes and answers under way finish
   * within the configured time, and closes the database. Containers go on running. Closing twice is closing once.
   */
  close(): Promise<void>;
  /**
   * For the next 15 s services and processors are left as they are, so that their containers can be removed for good; to be called again
   * as long as that takes. Others on this database go on with them.
   */
  wind(): void;
}

/** The one place where parts meet. Resolves when the server answers; throws what is in its way, with nothing left behind. */
export async function startServer(config: Config, deps: Deps = {}): Promise<RunningServer> {
  const { clock = systemClock, random = systemRandom } = deps;
  const log = deps.log ?? makeLog({ ...config.log, out: process.stdout });
  const parts = closers();
  try {
    return await assemble({ config, deps, clock, random, log }, parts);
  } catch (error) {
    await parts.close().catch((also: unknown) => log.warn({ error: also }, 'what was opened cannot be closed'));
    throw error;
  }
}

interface Given {
  readonly config: Config;
  readonly deps: Deps;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

async function assemble({ config, deps, clock, random, log }: Given, parts: Closers): Promise<RunningServer> {
  for (const warning of config.warnings) log.warn(warning);
  if (!isLoopback(config.listen.host) && !config.listen.tls) log.warn({ host: config.listen.host }, 'the server can be reached from other machines: give it a certificate (NEB_TLS_CERT) or put TLS in front of it, since the token travels in a header');

  await makeDataFolder(config.dataDir);
  const token = config.token.value ?? (await secretFile(config.token.file, random));
  const database = await openDatabase({ ...config.database, dataDir: config.dataDir, warn: (text) => log.warn(text) }, { clock, random });
  parts.add(async () => await database[Symbol.asyncDispose]());
  const { store } = database;
  const people = await openIdentity({ database, clock, random, token, owner: config.owner, ...config.identity });
  parts.add(async () => await people[Symbol.asyncDispose]());
  const audit = auditLog(database.db);
  const book = ledger(database.db);
  const keys = await encryptionKeys(config, { random, clock });
  const safe = vault({ store, keyring: keys.keyring, clock, random });
  await safe.verify();
  const rewrapped = await finishRotation({ store, ...keys, random });
  if (rewrapped > 0) log.info({ rewrapped }, 'a key rotation that was cut off is finished');

  const providers = deps.providers ?? (await openProviders(config, { clock, random, machineAccess: deps.machineAccess }));
  if (!deps.providers) for (const provider of providers) parts.add(async () => await provider[Symbol.asyncDispose]?.());
  const fleet = await store.fleet();
  const streams = plane({ home: await redisHome(config, { clock, random, fleet }), store, sealed: store, vault: safe, clock, random, warn: (text) => log.warn(text), onLeaving: lastCount({ db: database.db, store, clock }) });
  parts.add(async () => await streams[Symbol.asyncDispose]());
  const knowsToken = localToken(token, config.owner);
  const authenticate = bearerOf(knowsToken, people.authenticate);
  const reader = secretReader(store, safe);
  const door = {
    config, store, secrets: reader, clock, random, authenticate: async (bearer: string) => await authenticate({ authorization: `Bearer ${bearer}` }),
    warn: (message: string, error?: unknown) => log.warn({ error }, message),
  };
  const outside = gatewayPlane({ ...door, providers });
  parts.add(async () => await outside[Symbol.asyncDispose]());
  const inside = openInside({ ...door, providers, fleet });
  parts.add(async () => await inside[Symbol.asyncDispose]());
  const traffic = withInside(outside, inside);
  const about = { version, fleet, database: database.describe };
  const delivery = usageDelivery({ config: config.openmeter, database, ledger: book, fleet, clock, random, log });
  const figures = metrics(store, delivery.url === undefined ? undefined : () => delivery.status());
  const files = blobs({ folder: join(config.dataDir, 'blobs'), random, now: () => clock.now() });
  const spending = budgets({
    store, clock, random, queue: database.queue('Budget'), spending: (query) => spendingOf(database.db, query), canSuspend: suspendable(providers), onTrouble: (error) => log.warn({ error }, 'budgets cannot be looked at; it is tried again'),
  });
  const still = standstill(clock, standstillMs);
  const world: World = {
    store, providers, clock, random,
    queues: { Container: database.queue('Container'), Namespace: database.queue('Namespace'), Processor: database.queue('Processor'), Service: database.queue('Service'), Snapshot: database.queue('Snapshot') },
    streams, traffic, archives: files, ownerQuota: config.ownerQuota, budgets: spending.bounds,
    secrets: reader,
    launch: { image: config.defaultImage },
    standstill: still,
    tuning: { retentionMs: config.retentionMs, drainMs: config.shutdownMs * drainShare, ...deps.tuning },
    experience: experience(deps.tuning?.relaunch),
    priceLooks: new Map(),
    observer: observing(log, figures.observer) satisfies Observer,
  };
  const api = services({
    world, plane: streams, vault: safe, sealed: store, allowedRegistries: config.allowedRegistries, audit, ledger: book, billKeys: billKeys({ db: database.db, vault: safe }), recorder: recorder({ audit, clock, log }),
    identity: people, administrator: config.owner, rotate: () => rotateKey({ store, ...keys, random }), blobs: files, delivery, budgets: spending, about, onFeed: figures.onFeed,
  });

  const issuer = config.login.issuer && openIdIssuer(config.login.issuer);
  const signIn = async (secret: string): Promise<Grant | undefined> => (knowsToken(secret) ? { holder: { is: 'administrator' } } : await people.grantOf(secret));

  const stop = new AbortController();
  const gate = { host: config.listen.host, ...config.http };
  const ways = doors({
    gate, services: api, version, metrics: figures, log, clock, random, maxBodyBytes: config.http.maxBodyBytes,
    charge: limits({ rate: config.rateLimit, clock, onLimited: figures.onLimited }),
    authenticate, whileGood: people.whileGood, login: login(loginDoor({ identity: people, issuer, signIn, clock, random }), config.login.publicUrl), ping: () => database.ping(), isStopping: () => stop.signal.aborted,
  });
  const http = await listen(ways, sockets({ context: (request) => ways.context(request), stranger: ({ headers }) => stranger(gate, headers) }), {
    ...config.listen, onBadCertificate: (error) => log.warn({ error }, 'the changed certificate is of no use; the one before stays'),
  });
  const passes = Promise.all([runScheduler(world, stop.signal), delivery.run(stop.signal), spending.run(stop.signal)]);
  const bills = billing({
    db: database.db, runs: runFeed(store), doors: [outside.facts, inside.facts], streams: streamFeed({ store, tally: (of) => streams.use((lib) => lib.tally(of)), clock }), find: usageObjects(store), clock, onTrouble: (what, error) => log.warn({ error }, what),
  }).run({ signal: stop.signal });
  const url = `${config.listen.tls ? 'https' : 'http'}://${config.listen.host.includes(':') ? `[${config.listen.host}]` : config.listen.host}:${http.port}`;
  log.info({ url, database: about.database, fleet: about.fleet, platforms: providers.map(({ name }) => name), namespace: handleOf(config.owner) }, 'the server is ready');

  let closed: Promise<void> | undefined;
  return { url, port: http.port, close: () => (closed ??= close()), wind: () => still.ask() };

  async function close(): Promise<void> {
    log.info('shutting down');
    stop.abort();
    const late = new AbortController();
    const ended = Promise.all([http.close(), passes, bills]);
    const inTime = await Promise.race([ended.then(() => true), clock.sleep(config.shutdownMs, late.signal).then(() => false)]);
    late.abort();
    if (!inTime) {
      log.warn({ ms: config.shutdownMs }, 'what was still under way is cut off');
      http.destroy();
    }
    await parts.close();
    log.info('the server has stopped');
  }
}
