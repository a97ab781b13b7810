import { messageOf, NebError, type Random, type StreamGroup } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { createHash } from 'node:crypto';
import { checked, keysOf, workerPatterns } from './keys.ts';

/** Credentials of Redis that reach one stream and what lies beside it. */
export interface StreamUser {
  readonly username: string;
  readonly password: string;
}

/** Where workers find Redis, from where they are. */
export interface WorkerHost {
  readonly host: string;
  /** 6379 if absent. */
  readonly port?: number | undefined;
  readonly tls?: boolean | undefined;
  /** 0 if absent. */
  readonly db?: number | undefined;
}

export interface UserOptions {
  /** Keep this password, such as one that workers hold already; a random one if absent. */
  readonly password?: string | undefined;
  /** More keys that workers may touch, as patterns of Redis, such as `cache:my-app:*`. */
  readonly keys?: readonly string[] | undefined;
}

/** What workers do, ours and the original's: read, claim, acknowledge, answer; keep state of their own; and nothing on other keys or of the server. */
const commands = [
  'ping', 'hello', 'auth', 'select', 'client|setinfo', 'client|setname', 'client|id', 'client|no-evict', 'command',
  'xgroup|create', 'xgroup|createconsumer', 'xreadgroup', 'xread', 'xrange', 'xrevrange', 'xlen', 'xack', 'xadd', 'xclaim', 'xautoclaim', 'xpending', 'xinfo', 'xdel', 'xtrim',
  'eval', 'evalsha', 'script|load', 'script|exists', 'multi', 'exec', 'discard', 'watch', 'unwatch', 'time',
  'get', 'set', 'setex', 'psetex', 'setnx', 'getdel', 'getex', 'mget', 'incr', 'incrby', 'incrbyfloat', 'decr', 'decrby', 'append', 'strlen',
  'hget', 'hset', 'hsetnx', 'hmget', 'hgetall', 'hdel', 'hlen', 'hexists', 'hincrby', 'hincrbyfloat', 'hrandfield', 'hkeys',
  'sadd', 'srem', 'smembers', 'sismember', 'smismember', 'scard', 'zadd', 'zrem', 'zscore', 'zrange', 'zrangebyscore', 'zremrangebyscore', 'zcard', 'zincrby',
  'lpush', 'rpush', 'lpop', 'rpop', 'lrange', 'llen', 'ltrim', 'del', 'unlink', 'exists', 'expire', 'pexpire', 'ttl', 'pttl', 'type',
];
/** Known from Redis 7 only, or later; without them workers do as well. */
const newer = new Set(['client|setinfo', 'client|no-evict']);

/** The user of a group: its name says nothing, and cannot be another's. */
export function userNameOf({ stream, group }: StreamGroup): string {
  return `neb-${createHash('sha256').update(`${stream}\n${group}`).digest('hex').slice(0, 24)}`;
}

/**
 * Makes the user, or has it be so again: after a restart Redis knows none that no ACL file keeps, so it is made whenever a group is
 * declared. The same password keeps workers logged in.
 */
export async function makeUser(redis: Redis, of: StreamGroup, { random, password = secretOf(random), keys = [] }: UserOptions & { readonly random: Random }): Promise<StreamUser> {
  const username = userNameOf(checked(of));
  if (/\s/.test(password) || password.length < 16) throw new Error('a password of a stream user has 16 characters or more, and no spaces');
  const rules = ['reset', 'on', `>${password}`, ...[...workerPatterns(of), ...keys].map((pattern) => `~${pattern}`), 'resetchannels'];
  const allow = (names: readonly string[]): string[] => names.map((name) => `+${name}`);
  const failed = await redis.call('ACL', 'SETUSER', username, ...rules, ...allow(commands)).catch(async (error: unknown) => {
    if (!/Error in ACL SETUSER modifier '\+/i.test(messageOf(error))) return error;
    return await redis.call('ACL', 'SETUSER', username, ...rules, ...allow(commands.filter((name) => !newer.has(name)))).catch((again: unknown) => again);
  });
  if (failed instanceof Error) throw refusal(failed, password);
  await save(redis);
  return { username, password };
}

/** Why there is no user. What Redis says of a rule that it does not take repeats the rule, and so the password. */
function refusal(error: Error, password: string): unknown {
  const said = error.message.replaceAll(password, '…');
  if (/unknown command|NOPERM|not allowed|disabled/i.test(said)) return new NebError('unsupported', `this Redis lets nobody make users: ${said}`, { hint: 'Give neb a user that may run ACL, or a Redis of its own.' });
  return said.startsWith('ERR') ? new Error(said) : error;
}

/** Succeeds where there is none. Ends the connections that it has. */
export async function deleteUser(redis: Redis, of: StreamGroup): Promise<void> {
  const deleted = await redis.call('ACL', 'DELUSER', userNameOf(of)).catch((error: unknown) => {
    if (/unknown command|NOPERM|not allowed|disabled/i.test(messageOf(error))) return 0;
    throw error;
  });
  if (deleted !== 0) await save(redis);
}

/** Where users are kept in a file they outlive a restart. Elsewhere Redis refuses, and they are made again. */
async function save(redis: Redis): Promise<void> {
  await redis.call('ACL', 'SAVE').catch((error: unknown) => {
    if (!/^(ERR|NOPERM)/.test(messageOf(error))) throw error;
  });
}

function secretOf(random: Random): string {
  return Buffer.from(random(32)).toString('base64url');
}

/** What a worker's environment says, for the SDK's worker, the original's and `redis-cli` alike. */
export function workerEnv(of: StreamGroup, { username, password }: StreamUser, { host, port = 6379, tls = false, db = 0 }: WorkerHost): Readonly<Record<string, string>> {
  const address = host.includes(':') ? `[${host}]` : host;
  return {
    REDIS_URL: `${tls ? 'rediss' : 'redis'}://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${address}:${port}${db === 0 ? '' : `/${db}`}`,
    REDIS_HOST: host, REDIS_PORT: String(port), REDIS_USERNAME: username, REDIS_PASSWORD: password, REDISCLI_AUTH: password,
    REDIS_STREAM: keysOf(of).main, REDIS_CONSUMER_GROUP: of.group,
  };
}
