import type { Clock, Random } from '@neb/core-types';
import type { WorkerHost } from '@neb/streams';
import type { Config } from '../config.ts';
import { hostOf, isLoopback } from '../http/gate.ts';
import { findRedis, privateRedis } from './private-redis.ts';

/** Where Redis is for us and for workers. */
export interface RedisPlace {
  readonly url: string;
  readonly workers: WorkerHost;
}

/** The Redis of this server: the one it was told of, or one of its own that is started when it is first needed. */
export interface RedisHome extends AsyncDisposable {
  /** Why there is none, and what to do. */
  missing(): string | undefined;
  /** Once it resolves a Redis of our own answers; one that we were told of may be away. */
  open(): Promise<RedisPlace>;
  /** Why workers reach it from the local engine only, and what to do; `undefined` where they reach it from everywhere. */
  readonly confined?: string | undefined;
}

/** By this name containers of the local engine reach its host. */
const engineHost = 'host.docker.internal';
const elsewhere = 'set REDIS_PUBLISH_URL to an address of the Redis that they reach';

export async function redisHome({ redis, dataDir, database }: Pick<Config, 'redis' | 'dataDir' | 'database'>, { clock, random }: { readonly clock: Clock; readonly random: Random }): Promise<RedisHome> {
  const published = redis.publishUrl?.reveal();
  const told = redis.url?.reveal();
  if (told !== undefined) {
    const isHere = isLoopback(hostOf(told));
    const workers = published !== undefined ? hostIn(published) : isHere ? { ...hostIn(told), host: engineHost } : hostIn(told);
    return {
      missing: () => undefined,
      open: async () => ({ url: told, workers }),
      ...(published === undefined && isHere && { confined: `REDIS_URL is of this machine only; ${elsewhere}` }),
      async [Symbol.asyncDispose]() {},
    };
  }
  const program = await findRedis(database.searchPath);
  const own = privateRedis({ dataDir, searchPath: database.searchPath, clock, random });
  return {
    missing: () => (program === undefined ? 'processors need a Redis: set REDIS_URL, or install redis-server (such as by apt-get install redis-server) and start the server again' : undefined),
    async open() {
      const { port, password } = await own.ensure();
      return { url: `redis://:${encodeURIComponent(password)}@127.0.0.1:${port}`, workers: published === undefined ? { host: engineHost, port } : hostIn(published) };
    },
    ...(published === undefined && { confined: `the server's own Redis is reached from this machine only; ${elsewhere}` }),
    [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
  };
}

function hostIn(text: string): WorkerHost {
  const url = new URL(text);
  const db = Number(url.pathname.slice(1) || 0);
  return { host: hostOf(text), port: Number(url.port || 6379), tls: url.protocol === 'rediss:', db };
}
