import type { StreamGroup } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { checked, familyOf, keysOf } from './keys.ts';
import { script } from './script.ts';

/** A group that is made anew begins a count of its own, which is called by the time. */
const declare = script('declare', `
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
if made.err and string.sub(made.err, 1, 9) ~= 'BUSYGROUP' then return made end
if not made.err then redis.call('DEL', KEYS[2]) end
local time = redis.call('TIME')
redis.call('HSETNX', KEYS[2], 'epoch', time[1] .. '.' .. time[2])
return 1
`);

/** Makes the group, at the beginning of the stream, with the stream where there is none. Repeating it changes nothing. */
export async function declareGroup(redis: Redis, of: StreamGroup): Promise<void> {
  const { main, tally } = keysOf(checked(of));
  await declare(redis, [main, tally], [of.group]);
}

/** Deletes the group and what is its own; with the stream's last group the stream and all beside it, which takes a walk over all keys. */
export async function forgetGroup(redis: Redis, of: StreamGroup): Promise<void> {
  const { main } = keysOf(checked(of));
  const family = familyOf(of);
  const type = await redis.type(main);
  if (type === 'stream') await redis.xgroup('DESTROY', main, of.group);
  await redis.unlink(...family.group);
  if (type === 'stream' && ((await redis.xinfo('GROUPS', main)) as readonly unknown[]).length > 0) return;
  await redis.unlink(...family.stream);
  for await (const found of redis.scanStream({ match: `${of.stream}.*`, count: 1_000 })) {
    const keys = (found as readonly string[]).filter((key) => family.beginnings.some((beginning) => key.startsWith(beginning)));
    if (keys.length > 0) await redis.unlink(...keys);
  }
}
