import { NebError } from '@neb/core-types';
import type { Config } from '../config.ts';
import { dockerRedis, redisContainer, stopDockerRedis } from './docker-redis.ts';
import { type OwnRedisOptions, type PrivateRedis, readOwn } from './own-redis.ts';
import { findRedis, privateRedis, stopPrivateRedis } from './private-redis.ts';
import { isLocalEngine } from './reach.ts';

export interface OwnHomeOptions extends OwnRedisOptions {
  readonly fleet: string;
  readonly config: Pick<Config, 'redis' | 'database' | 'docker' | 'platforms'>;
}

/** A Redis of this machine that is ours: a process where the program is, else a container where Docker is. */
export interface OwnHome extends PrivateRedis {
  /** Why there can be none, and what to do. What was installed since is found within seconds. */
  missing(): string | undefined;
}

type Found = { readonly redis: PrivateRedis } | { readonly missing: string };

export async function ownHome({ config, fleet, ...options }: OwnHomeOptions): Promise<OwnHome> {
  const { redis: { image }, database: { searchPath }, docker: { host }, platforms } = config;
  // Over a network it would need a way back to here, and keys of a certificate.
  const isEngineOurs = platforms.includes('docker') && isLocalEngine(host) && !/^(tcp|https?):/.test(host ?? '');
  const container = (): Found => ({ redis: dockerRedis({ ...options, fleet, image, host }) });

  async function look(): Promise<Found> {
    // What lies in one is not in the other, so what was begun with goes on.
    if (isEngineOurs && (await redisContainer(options))) return container();
    if ((await findRedis(searchPath)) !== undefined) return { redis: privateRedis({ ...options, searchPath }) };
    const trouble = isEngineOurs ? await engineTrouble(host) : undefined;
    if (isEngineOurs && trouble === undefined) return container();
    const docker = trouble === undefined ? '' : `, or have Docker run one (${trouble})`;
    return { missing: `processors need a Redis: set REDIS_URL, or install redis-server (such as by apt-get install redis-server)${docker}` };
  }

  let found = await look();
  let looking: Promise<void> | undefined;
  const lookAgain = async (): Promise<void> => {
    looking ??= look().then((now) => { found = now; }).finally(() => { looking = undefined; });
    await looking;
  };

  return {
    missing() {
      if ('redis' in found) return undefined;
      void lookAgain().catch(() => undefined);
      return found.missing;
    },
    async ensure() {
      if ('missing' in found) await lookAgain();
      if ('missing' in found) throw new NebError('unavailable', found.missing);
      return await found.redis.ensure();
    },
    async [Symbol.asyncDispose]() {
      if ('redis' in found) await found.redis[Symbol.asyncDispose]();
    },
  };
}

async function engineTrouble(host: string | undefined): Promise<string | undefined> {
  const { engineService } = await import('@neb/providers-docker');
  const engine = engineService({ host });
  try {
    return await engine.missing();
  } finally {
    engine.close();
  }
}

/** Stops the Redis that a server left running when it was killed; does nothing where one uses it, or there is none. */
export async function stopAbandonedRedis({ dataDir }: Pick<OwnRedisOptions, 'dataDir'>): Promise<void> {
  const own = await readOwn(dataDir);
  if (!own) return;
  const container = await redisContainer({ dataDir });
  if (!container) return await stopPrivateRedis(own);
  const { name, ...more } = container;
  if (name !== undefined) await stopDockerRedis(own, { ...more, name });
}
