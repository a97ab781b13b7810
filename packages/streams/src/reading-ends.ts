import type { Redis } from 'ioredis';
import { batches } from './batches.ts';
import { script } from './script.ts';

/** For whoever asks again because the last answer never reached him. */
const keepMs = 60_000;

const expire = script('read', `
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[1]) end
`);

/** Notes that a return stream was read to its end, so that it need not be kept as long as one that was not. Where that fails, it is kept longer. */
export function readingEnds(redis: Redis): (stream: string) => void {
  const end = batches<string, undefined>(async (streams) => {
    await expire(redis, streams, [keepMs]);
    return streams.map(() => undefined);
  }, { most: 500, mostBytes: Infinity, bytesOf: () => 0 });
  let waiting: string[] = [];
  return (stream) => {
    waiting.push(stream);
    if (waiting.length > 1) return;
    queueMicrotask(() => {
      const streams = waiting;
      waiting = [];
      end(streams).catch(() => undefined);
    });
  };
}
