import type { StreamGroup } from '@neb/core-types';
import { afterAll, beforeEach } from 'vitest';
import { type Streams, streams, type StreamsOptions } from '../src/streams.ts';
import { type RedisServer, redisServer } from './redis-server.ts';

/** A Redis of a file's tests, with streams on it. */
export interface Ground extends RedisServer {
  readonly all: Streams;
}

export interface GroundOptions {
  /** Whether every write is on disk before it is acknowledged; false if absent. */
  readonly keeps?: boolean;
  readonly keep?: StreamsOptions['keep'];
}

/** Empties the Redis and declares these groups before each test, and ends it after the last one. */
export async function ground(groups: readonly StreamGroup[], { keeps = false, keep }: GroundOptions = {}): Promise<Ground> {
  const server = await redisServer(...(keeps ? ['--appendonly', 'yes', '--appendfsync', 'always'] : []));
  const all = streams({ url: server.url, keep });
  afterAll(async () => {
    await all[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await server.redis.flushall();
    for (const each of groups) await all.declare(each);
  });
  return { ...server, all };
}
