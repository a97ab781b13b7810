import type { Redis } from 'ioredis';

/** Some steps that Redis does as one, or not at all. */
export type Script = (redis: Redis, keys: readonly string[], args: Words) => Promise<unknown>;

type Words = readonly (string | number | Buffer)[];
/** Lists among its words are read word by word. */
type Run = (...words: readonly (number | Words)[]) => Promise<unknown>;

/** A Lua script under a name of its own. It is sent in full once a connection, then by its hash. */
export function script(name: string, lua: string): Script {
  const own = `neb_${name}`;
  return async (redis, keys, args) => {
    if (!(own in redis)) redis.defineCommand(own, { lua });
    const run = (redis as unknown as Record<string, Run>)[own]!;
    return await run.call(redis, keys.length, keys, args);
  };
}
