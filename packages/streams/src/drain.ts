import type { StreamGroup } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { keysOf } from './keys.ts';

/** How long a worker that never answers is remembered to have been asked. */
const askedMs = 3_600_000;

/** What a worker was asked, and what it said: `drained` once it holds nothing and takes nothing more. */
export type Draining = 'asked' | 'drained';

/** Asks a worker to take no more messages, and tells what it has said to that. Workers of other makes never say anything. */
export async function askToDrain(redis: Redis, of: StreamGroup, consumer: string): Promise<Draining> {
  const key = keysOf(of).drain(consumer);
  const said = await redis.set(key, 'asked', 'PX', askedMs, 'NX', 'GET');
  return said === 'drained' ? 'drained' : 'asked';
}

/** Whether the worker was asked, by any of these names. */
export async function isAskedToDrain(redis: Redis, of: StreamGroup, names: readonly string[]): Promise<boolean> {
  const { drain } = keysOf(of);
  return (await redis.mget(...names.map(drain))).some((said) => said !== null);
}

/** Says that it holds nothing, and takes nothing more. */
export async function sayDrained(redis: Redis, of: StreamGroup, consumer: string): Promise<void> {
  await redis.set(keysOf(of).drain(consumer), 'drained', 'PX', askedMs);
}
