import { type Clock, isNebError, messageOf, NebError } from '@neb/core-types';
import { Redis, type RedisOptions } from 'ioredis';

/** Where Redis is: its address, or a connection whose settings are taken over. The connection itself is not used. */
export type RedisAddress = { readonly url: string } | { readonly redis: Redis };

/** Longest between two tries to connect. */
const longestPauseMs = 500;

const settings = {
  lazyConnect: true,
  keyPrefix: '',
  replyMapping: 'legacy',
  stringNumbers: false,
  // What was under way when the connection broke fails at once, and is tried again here, where it is known what repeating it means.
  maxRetriesPerRequest: 0,
  retryStrategy: (times: number) => Math.min(20 * times, longestPauseMs),
  // A worker may not ask for INFO; a server that is still loading says so itself.
  enableReadyCheck: false,
  // After a fail-over the address may name another server.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  keepAlive: 10_000,
  connectTimeout: 5_000,
} as const satisfies RedisOptions;

/** A connection of our own, opened by its first command, that comes back by itself. */
export function connect(address: RedisAddress, more: { readonly socketTimeout?: number } = {}): Redis {
  const own = { ...settings, ...more };
  const redis = 'url' in address ? new Redis(address.url, own) : address.redis.duplicate(own);
  // Each command tells its own failure.
  redis.on('error', () => undefined);
  return redis;
}

export interface Patience {
  readonly clock: Clock;
  /** How long to try again. */
  readonly patienceMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Repeats `work` while Redis is away, and so is only for what can be repeated. Throws `unavailable` at the end of its patience. */
export async function persist<T>(work: () => Promise<T>, { clock, patienceMs, signal }: Patience): Promise<T> {
  const until = clock.now() + patienceMs;
  for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!isAway(error)) throw inWords(error);
      if (clock.now() + pauseMs > until) throw inWords(error);
      await clock.sleep(pauseMs, signal);
    }
  }
}

/** True where Redis does not answer, or not yet: it may after a while. */
export function isAway(error: unknown): boolean {
  if (isNebError(error)) return error.code === 'unavailable';
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  return (
    name === 'MaxRetriesPerRequestError' || name === 'AbortError' || (typeof code === 'string' && /^E[A-Z]+$/.test(code)) ||
    /^(LOADING|READONLY|MASTERDOWN|TRYAGAIN|CLUSTERDOWN|NOREPLICAS|UNBLOCKED|BUSY) |^connection is closed|stream isn't writeable|command timed out|^ERR max number of clients|connect ETIMEDOUT/i.test(saidBy(error))
  );
}

/** True where the group, or its stream, is not there. */
export function isNoGroup(error: unknown): boolean {
  return saidBy(error).startsWith('NOGROUP');
}

/** What Redis said; before 7 it puts the place in the script first. */
export function saidBy(error: unknown): string {
  return messageOf(error).replace(/^ERR Error running script \(call to [^)]*\): (@user_script: ?\d+: )*/, '');
}

/** A failure of Redis in the words of who uses it; anything else stays as it is. */
export function inWords(error: unknown): unknown {
  if (isNebError(error)) return error;
  const said = saidBy(error);
  if (isAway(error)) return new NebError('unavailable', 'Redis cannot be reached', { cause: error, hint: 'See that Redis runs, and that its address is right; then try again.' });
  if (/^(NOAUTH|WRONGPASS)/.test(said)) return new NebError('unauthorized', 'Redis refused the user name or password', { cause: error, hint: 'Correct the credentials in the address of Redis.' });
  if (/^NOPERM/.test(said)) return new NebError('unauthorized', `this user of Redis may not do that: ${said}`, { cause: error, hint: 'Use the credentials that neb gave for this stream, or let the user have these keys and commands.' });
  if (/^WRONGTYPE/.test(said)) return new NebError('conflict', 'a key of that name is there already and is no stream', { cause: error, hint: 'Choose another name for the stream, or delete that key.' });
  if (/^OOM|^MISCONF/.test(said)) return new NebError('unavailable', `Redis takes no more: ${said}`, { cause: error, hint: 'Give Redis more memory or disk.' });
  return error;
}
