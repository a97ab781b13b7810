import { type Clock, type EnvVar, isNebError, newId, type Random, type StreamGroup, type StreamOwner, type StreamPlane, type StreamWatch, type Tally, timestamp, turns } from '@neb/core-types';
import type { Resource, SecretStore, Store } from '@neb/scheduler';
import { type Streams, streams, userNameOf, workerEnv, type WorkerHost } from '@neb/streams';
import type { Vault } from '../secrets/vault.ts';
import { retried } from '../services/access.ts';
import { cautionOf } from './caution.ts';
import type { RedisHome } from './home.ts';
import { onlyRedis } from './only-redis.ts';

export interface PlaneOptions {
  readonly home: RedisHome;
  readonly store: Store;
  readonly sealed: SecretStore;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: Random;
  readonly warn: (text: string) => void;
  /** Waited for before a stream is forgotten: afterwards nobody can count its messages. */
  readonly onLeaving?: ((whose: StreamOwner, tally: Tally | undefined) => Promise<void>) | undefined;
}

/** The streams of processors, on a Redis that is started when the first of them needs it. */
export interface Plane extends StreamPlane, AsyncDisposable {
  /** For those who send and read. Where Redis is away it fails with `unavailable`, and one of our own is started again. */
  use<T>(work: (lib: Streams) => Promise<T>): Promise<T>;
  /** The same for what comes piece by piece. */
  open(): Promise<Streams>;
}

/** How long what was prepared is believed to be there still. */
const preparedMs = 60_000;

export function plane({ home, store, sealed, vault, clock, random, warn, onLeaving }: PlaneOptions): Plane {
  const prepared = new Map<string, { readonly at: number; readonly env: readonly EnvVar[] }>();
  const preparing = turns();
  let warned: { readonly at: number; readonly text: string | undefined } | undefined;
  let opened: Promise<{ readonly lib: Streams; readonly workers: WorkerHost }> | undefined;
  const only = onlyRedis({ store, clock, random, warn, onLost: close });

  const opening = (): NonNullable<typeof opened> => {
    opened ??= (async () => {
      const { url, workers } = await home.open();
      await only.claim(url);
      return { lib: streams({ url, clock, random, onConnect: () => prepared.clear() }), workers };
    })();
    opened.catch(() => { opened = undefined; });
    return opened;
  };

  async function close(): Promise<void> {
    const closing = opened;
    opened = undefined;
    prepared.clear();
    const lib = await closing?.then((all) => all.lib, () => undefined);
    await lib?.[Symbol.asyncDispose]();
  }

  /** Where Redis is away, one of our own may have ended: it is started again, and what was prepared is prepared again. */
  async function reaching<T>(work: (lib: Streams, workers: WorkerHost) => Promise<T>): Promise<T> {
    const { lib, workers } = await opening();
    try {
      return await work(lib, workers);
    } catch (error) {
      if (isNebError(error, 'unavailable') && error.details?.elsewhere !== true) {
        prepared.clear();
        await home.open();
      }
      throw error;
    }
  }

  return {
    missing: () => home.missing(),
    ...(home.reach !== undefined && { only: home.reach }),
    use: (work) => reaching(work),
    open: async () => (await opening()).lib,
    async caution() {
      const now = clock.now();
      if (!warned || now - warned.at >= preparedMs || now < warned.at) warned = { at: now, text: await reaching(async (lib) => cautionOf(await lib.durability())) };
      return warned.text;
    },
    pressure: (of, call) => reaching((lib) => lib.pressure(of, call)),
    watch(waits) {
      // Opened with the first stream: who has no processor has no Redis.
      let inner: Promise<StreamWatch> | undefined;
      const watching = (): Promise<StreamWatch> => (inner ??= opening().then(({ lib }) => lib.watch(waits)));
      const wished = new Map<string, StreamGroup>();
      const add = (of: StreamGroup): void => {
        wished.set(of.group, of);
        watching().then((watch) => { if (wished.get(of.group) === of) watch.add(of); }, async () => {
          inner = undefined;
          await clock.sleep(1_000);
          if (wished.get(of.group) === of) add(of);
        });
      };
      return {
        add,
        remove(of) {
          wished.delete(of.group);
          void inner?.then((watch) => watch.remove(of), () => undefined);
        },
        async [Symbol.asyncDispose]() {
          wished.clear();
          await inner?.then((watch) => watch[Symbol.asyncDispose](), () => undefined);
        },
      };
    },
    // The pass of a processor and who sends to it at once may both be the first, here or on two servers.
    prepare: (of, whose) => preparing.take(whose.id, () => reaching(async (lib, workers) => {
      const known = prepared.get(whose.id);
      if (known && clock.now() - known.at < preparedMs && clock.now() >= known.at) return known.env;
      const env = await retried(() => prepare({ of, whose, lib, workers }));
      prepared.set(whose.id, { at: clock.now(), env });
      return env;
    })),
    tend: (of, care) => reaching(async (lib) => void (await lib.tend(of, care))),
    drain: (of, consumer) => reaching((lib) => lib.drain(of, consumer)),
    async forget(of, whose) {
      await reaching(async (lib) => {
        await onLeaving?.(whose, await lib.tally(of));
        await lib.forget(of);
      });
      prepared.delete(whose.id);
      const secret = await store.find({ kind: 'Secret', namespace: whose.namespace, name: secretName(whose) });
      if (secret && secret.goneAt === undefined) await store.commit([{ do: 'drop', resource: secret }]);
    },
    async [Symbol.asyncDispose]() {
      await close();
      await only[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };

  async function prepare({ of, whose, lib, workers }: { readonly of: StreamGroup; readonly whose: StreamOwner; readonly lib: Streams; readonly workers: WorkerHost }): Promise<readonly EnvVar[]> {
    const password = await login({ of, whose, workers });
    await lib.declare(of);
    await lib.user(of, { password });
    const { REDIS_URL: _, REDIS_PASSWORD: __, REDISCLI_AUTH: ___, ...plain } = workerEnv(of, { username: userNameOf(of), password }, workers);
    const name = secretName(whose);
    return [
      ...Object.entries(plain).map(([key, value]) => ({ key, value })),
      { key: 'REDIS_URL', secret_name: name, secret_key: 'url' },
      ...['REDIS_PASSWORD', 'REDISCLI_AUTH'].map((key) => ({ key, secret_name: name, secret_key: 'password' })),
    ];
  }

  /** The workers' password, made when there is none. Kept as a secret of the namespace, so that it is sealed, opened and masked as every secret. */
  async function login({ of, whose, workers }: { readonly of: StreamGroup; readonly whose: StreamOwner; readonly workers: WorkerHost }): Promise<string> {
    const name = secretName(whose);
    const found = await store.find({ kind: 'Secret', namespace: whose.namespace, name });
    const current = found && found.goneAt === undefined ? found : undefined;
    const kept = current && (JSON.parse((await vault.open(current)).reveal()) as { readonly password: string; readonly url: string });
    const password = kept?.password ?? Buffer.from(random(32)).toString('base64url');
    const url = workerEnv(of, { username: userNameOf(of), password }, workers)['REDIS_URL'];
    if (kept && kept.url === url) return password;
    const now = timestamp(clock.now());
    const secret: Resource<'Secret'> = {
      ...(current ?? {
        kind: 'Secret', id: newId(random), namespace: whose.namespace, name, owner: whose.owner, ownerRef: `${whose.name}.${whose.namespace}.Processor`, labels: {},
        seq: 0, version: 0, generation: 1, status: {}, finalizers: [], createdBy: whose.owner, createdAt: now,
      }),
      spec: { value_version: newId(random) }, updatedAt: now,
    };
    // Sealed before the write that shows it, so that no container finds it without a value.
    await sealed.seal(secret.id, await vault.seal(secret, JSON.stringify({ url, password })));
    await store.commit([{ do: 'put', resource: secret }]);
    return password;
  }
}

function secretName({ id }: StreamOwner): string {
  return `processor-${id}`;
}
