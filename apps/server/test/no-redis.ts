import { NebError } from '@neb/core-types';
import type { RedisHome } from '../src/redis/home.ts';

const missing = 'there is no Redis in this test';

/** Where no Redis is to be had. */
export const noRedis: RedisHome = {
  missing: () => missing,
  async open() { throw new NebError('unavailable', missing); },
  async [Symbol.asyncDispose]() {},
};
