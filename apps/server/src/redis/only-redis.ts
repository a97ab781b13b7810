import { type Clock, NebError, newId, type Random } from '@neb/core-types';
import type { Store } from '@neb/scheduler';
import { Redis } from 'ioredis';

export interface OnlyRedisOptions {
  readonly store: Pick<Store, 'hold'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly warn: (text: string) => void;
  /** The claim went to another, such as while the database was out of reach: what was opened is not to be used any more. */
  readonly onLost: () => Promise<void>;
}

/** That all servers of a database keep processors' messages in one Redis. */
export interface OnlyRedis extends AsyncDisposable {
  /** Once it resolves this Redis is the one, for as long as we live. Throws `unavailable` where a living server has another. */
  claim(url: string): Promise<void>;
}

/** How long a claim outlives its server. */
const heldMs = 30_000;
const renewMs = 10_000;
/** By what it holds there a Redis is known again, under whatever address. */
const key = 'neb:redis';

export function onlyRedis({ store, clock, random, warn, onLost }: OnlyRedisOptions): OnlyRedis {
  const closing = new AbortController();
  let mine: string | undefined;
  let renewing: Promise<void> | undefined;
  let hasWarned = false;

  async function renew(): Promise<void> {
    for (;;) {
      await clock.sleep(renewMs, closing.signal);
      if (closing.signal.aborted) return;
      if (mine === undefined || (await store.hold('redis', mine, heldMs).catch(() => true))) continue;
      mine = undefined;
      await onLost();
    }
  }

  return {
    async claim(url) {
      const id = await identityOf(url, random);
      if (!(await store.hold('redis', id, heldMs))) {
        const words = elsewhere();
        if (!hasWarned) warn(`${words.message}: processors are left to it. ${words.hint}`);
        hasWarned = true;
        throw words;
      }
      [mine, hasWarned] = [id, false];
      renewing ??= renew();
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await renewing;
      // Other servers with this Redis say it again in time.
      if (mine !== undefined) await store.hold('redis', mine, 0).catch(() => undefined);
    },
  };
}

function elsewhere(): NebError {
  return new NebError('unavailable', 'another server of this database keeps the messages of processors in another Redis than this one', {
    hint: `Start all servers of a database with the same REDIS_URL. One that was just stopped for good is forgotten after ${heldMs / 1_000} s.`,
    details: { elsewhere: true },
  });
}

async function identityOf(url: string, random: Random): Promise<string> {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 5_000, retryStrategy: () => null, maxRetriesPerRequest: 0, replyMapping: 'legacy' });
  redis.on('error', () => undefined);
  try {
    const known = await redis.get(key);
    if (known !== null) return known;
    await redis.set(key, newId(random), 'NX');
    return (await redis.get(key))!;
  } catch (cause) {
    throw new NebError('unavailable', 'Redis cannot be reached', { cause, hint: 'See that Redis runs, and that its address is right; then try again.' });
  } finally {
    redis.disconnect();
  }
}
