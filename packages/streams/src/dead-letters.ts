import { NebError, type Page, timestamp, type StreamGroup } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { ownFields } from './carried.ts';
import { type Entry, isEntryId, readEntries } from './entries.ts';
import { messageIn } from './envelope.ts';
import { keysOf } from './keys.ts';
import { type ListQuery, readPage } from './page.ts';
import { script } from './script.ts';

/** A message that was given up. */
export interface DeadLetter {
  /** Its entry among the dead letters, by which it is replayed and purged. */
  readonly id: string;
  /** Its entry in the stream, as it was. */
  readonly entryId: string;
  /** The message's own id, where it was sent as neb sends. */
  readonly messageId?: string | undefined;
  readonly error: string;
  /** How often it was taken. */
  readonly attempts: number;
  /** When it was first taken, and when it was given up: RFC 3339. */
  readonly firstAt: string;
  readonly lastAt: string;
  /** Who had it last. */
  readonly consumer: string;
  readonly content: unknown;
}

export interface DeadLetters {
  /** The oldest first, unless asked otherwise. */
  list(of: StreamGroup, query?: ListQuery): Promise<Page<DeadLetter>>;
  /** Puts one, or all there are, back into the stream as new messages, and answers how many; one that is gone counts nothing. */
  replay(of: StreamGroup, which: { readonly id: string } | 'all'): Promise<number>;
  /** Deletes one, or all there are, and answers how many. */
  purge(of: StreamGroup, which: { readonly id: string } | 'all'): Promise<number>;
}

/** Back into the stream as it was, with an empty return stream where it wants answers, and out of the dead letters, as one step. */
const replayOne = script('replay', `
local main, dead, returns = KEYS[1], KEYS[2], KEYS[3]
local letter = redis.call('XRANGE', dead, ARGV[1], ARGV[1])[1]
if not letter then return 0 end
local fields = {}
for i = 1, #letter[2], 2 do
  if string.sub(letter[2][i], 1, 4) ~= 'neb:' then
    fields[#fields + 1] = letter[2][i]
    fields[#fields + 1] = letter[2][i + 1]
  end
end
if KEYS[4] then
  redis.call('XADD', KEYS[4], 'MAXLEN', 0, '*', 'init', '')
  redis.call('PEXPIRE', KEYS[4], ARGV[2])
end
local entry = redis.call('XADD', main, '*', unpack(fields))
if KEYS[4] then
  local time = redis.call('TIME')
  redis.call('ZADD', returns, time[1] * 1000 + ARGV[2] / 2, entry .. ' ' .. ARGV[3])
end
redis.call('XDEL', dead, ARGV[1])
return 1
`);

type Doing = <T>(work: () => Promise<T>) => Promise<T>;

/** `doing` carries out what may be repeated. */
export function deadLetters(redis: Redis, doing: Doing, answerMs: number): DeadLetters {
  async function* upToNow(of: StreamGroup): AsyncGenerator<Entry> {
    const [last] = readEntries(await doing(() => redis.xrevrange(keysOf(of).dead, '+', '-', 'COUNT', 1)));
    if (!last) return;
    for (let from = '-'; ;) {
      const found = readEntries(await doing(() => redis.xrange(keysOf(of).dead, from, last.id, 'COUNT', 100)));
      yield* found;
      if (found.length < 100) return;
      from = `(${found.at(-1)!.id}`;
    }
  }

  async function replay(of: StreamGroup, { id, fields }: Entry): Promise<number> {
    const { main, dead, returns, answer } = keysOf(of);
    const message = messageIn(fields);
    const wanted = message?.return_stream === answer(message?.id ?? '') ? [answer(message.id)] : [];
    return Number(await doing(() => replayOne(redis, [main, dead, returns, ...wanted], [id, answerMs, message?.id ?? ''])));
  }

  return {
    async list(of, query = {}) {
      if (query.cursor !== undefined) entryIn(query.cursor);
      return await doing(() => readPage(redis, { stream: keysOf(of).dead, view: letterIn }, query));
    },
    async replay(of, which) {
      if (which !== 'all') {
        const [letter] = readEntries(await doing(() => redis.xrange(keysOf(of).dead, entryIn(which.id), which.id)));
        return letter ? await replay(of, letter) : 0;
      }
      let count = 0;
      for await (const letter of upToNow(of)) count += await replay(of, letter);
      return count;
    },
    async purge(of, which) {
      const { dead } = keysOf(of);
      if (which !== 'all') return await doing(() => redis.xdel(dead, entryIn(which.id)));
      let count = 0;
      for await (const { id } of upToNow(of)) count += await doing(() => redis.xdel(dead, id));
      return count;
    },
  };
}

/** The id, once it is one. Throws `invalid`. */
function entryIn(id: string): string {
  if (isEntryId(id)) return id;
  throw new NebError('invalid', `${JSON.stringify(id)} is no id of a dead letter`, { hint: 'Use an id or cursor from the list of dead letters, such as 1700000000000-0.' });
}

function letterIn({ id, fields }: Entry): DeadLetter {
  const at = (name: string): string => timestamp(Number(fields.get(name) ?? 0));
  const message = messageIn(fields);
  return {
    id, entryId: fields.get('neb:id') ?? '', messageId: message?.id, error: fields.get('neb:error') ?? '', attempts: Number(fields.get('neb:attempts') ?? 0),
    firstAt: at('neb:first'), lastAt: at('neb:last'), consumer: fields.get('neb:consumer') ?? '', content: message ? message.content : ownFields(fields),
  };
}
