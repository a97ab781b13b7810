import type { Clock, StreamGroup, StreamWatch } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { persist } from './connection.ts';
import { keysOf } from './keys.ts';
import type { Reader } from './reader.ts';
import { script } from './script.ts';

/** The id up to which the group has taken messages; the first one where there is no such group. */
const delivered = script('delivered', `
if redis.call('EXISTS', KEYS[1]) == 0 then return '0-0' end
for _, each in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local name, last
  for i = 1, #each, 2 do
    if each[i] == 'name' then name = each[i + 1] end
    if each[i] == 'last-delivered-id' then last = each[i + 1] end
  end
  if name == ARGV[1] then return last end
end
return '0-0'`);

/** How long to leave alone a key that holds no stream. */
const strangeMs = 5_000;

export interface WatchOptions {
  readonly redis: Redis;
  readonly reader: Reader;
  readonly clock: Clock;
  readonly waits: (of: StreamGroup) => void;
}

/** Reads on from what the group has taken, and takes nothing itself. */
export function watch({ redis, reader, clock, waits }: WatchOptions): StreamWatch {
  const watched = new Map<string, () => void>();
  const closing = new AbortController();

  async function begin(of: StreamGroup, isWatched: () => boolean): Promise<void> {
    const { main } = keysOf(of);
    const after = await persist(() => delivered(redis, [main], [of.group]), { clock, patienceMs: Infinity, signal: closing.signal });
    if (!isWatched()) return;
    const stop = reader.follow({
      stream: main,
      after: String(after),
      got: () => {
        stop();
        watched.delete(nameOf(of));
        waits(of);
      },
    });
    watched.set(nameOf(of), stop);
  }

  return {
    add(of) {
      const name = nameOf(of);
      if (watched.has(name) || closing.signal.aborted) return;
      const beginning = (): void => undefined;
      watched.set(name, beginning);
      const isWatched = (): boolean => watched.get(name) === beginning;
      const again = (): unknown => isWatched() && begin(of, isWatched).catch(() => clock.sleep(strangeMs, closing.signal).then(again));
      again();
    },
    remove(of) {
      watched.get(nameOf(of))?.();
      watched.delete(nameOf(of));
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      for (const stop of watched.values()) stop();
      watched.clear();
    },
  };
}

function nameOf({ stream, group }: StreamGroup): string {
  return `${group} ${stream}`;
}
