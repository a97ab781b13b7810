import type { Clock, Random } from '@neb/core-types';
import type { WorkerHost } from '@neb/streams';
import type { Config } from '../config.ts';
import { hostOf, isLoopback } from '../http/gate.ts';
import { ownHome } from './own-home.ts';
import { type Reach, reachOf } from './reach.ts';

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
  /** Who reaches it, and why no others; `undefined` where workers reach it from everywhere. */
  readonly reach?: Reach | undefined;
}

/** By this name containers of the local engine reach its host; such as a server that is one. */
const engineHost = 'host.docker.internal';

type HomeConfig = Pick<Config, 'redis' | 'dataDir' | 'database' | 'docker' | 'platforms'>;

export async function redisHome(config: HomeConfig, { clock, random, fleet }: { readonly clock: Clock; readonly random: Random; readonly fleet: string }): Promise<RedisHome> {
  const { redis } = config;
  const published = redis.publishUrl?.reveal();
  const told = redis.url?.reveal();
  const reach = (what: string): Pick<RedisHome, 'reach'> => (published === undefined ? { reach: reachOf(config, what) } : {});
  if (told !== undefined) {
    const isHere = isLoopback(hostOf(told)) || hostOf(told) === engineHost;
    const workers = published !== undefined ? hostIn(published) : isHere ? { ...hostIn(told), host: engineHost } : hostIn(told);
    return {
      missing: () => undefined,
      open: async () => ({ url: told, workers }),
      ...(isHere && reach('REDIS_URL names this machine')),
      async [Symbol.asyncDispose]() {},
    };
  }
  const own = await ownHome({ config, dataDir: config.dataDir, clock, random, fleet });
  return {
    missing: () => own.missing(),
    async open() {
      const { port, password } = await own.ensure();
      return { url: `redis://:${encodeURIComponent(password)}@127.0.0.1:${port}`, workers: published === undefined ? { host: engineHost, port } : hostIn(published) };
    },
    ...reach('the server\'s own Redis is of this machine'),
    [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
  };
}

function hostIn(text: string): WorkerHost {
  const url = new URL(text);
  const db = Number(url.pathname.slice(1) || 0);
  return { host: hostOf(text), port: Number(url.port || 6379), tls: url.protocol === 'rediss:', db };
}
