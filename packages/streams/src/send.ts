import { type Clock, NebError, newId, type Random, type StreamGroup } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { batches } from './batches.ts';
import { persist } from './connection.ts';
import { type Outgoing, written } from './envelope.ts';
import { type Feed, feedMs } from './feed.ts';
import { checked, keysOf, type StreamKeys } from './keys.ts';
import { script } from './script.ts';

export interface SendOptions {
  /** Whether anybody will ask for answers; true if absent. Without, workers have nowhere to answer and their errors go to `<stream>.errors`. */
  readonly answer?: boolean | undefined;
}

/** What a sent message is known by. */
export interface Sent {
  /** Its id, by which its answers are asked for. */
  readonly id: string;
  /** Its entry in the stream. */
  readonly entryId: string;
  readonly returnStream?: string | undefined;
  /** True where its idempotency key was used before: then this is what the first had made. */
  readonly repeated: boolean;
}

export interface SenderOptions {
  readonly redis: Redis;
  readonly clock: Clock;
  readonly random: Random;
  readonly patienceMs: number;
  readonly answerMs: number;
  readonly idempotencyMs: number;
  readonly mostBytes: number;
  readonly feed: Feed;
}

/** A batch is remembered for so many times its patience, so that it can be sent again after the connection broke. */
const remembered = 3;

/**
 * Sends a batch: for each message its return stream is there before the message is. The batch's token makes it once, however
 * often it is sent; a message whose own key is known is left out. Where the batch before is named and is not in the stream yet, nothing happens.
 */
const sendBatch = script('send', `
local main, returns, token, feed, earlier = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local before = redis.call('GET', token)
if before then return before end
if earlier ~= token and redis.call('EXISTS', earlier) == 0 then return false end
local answerMs, keyMs, feedMs = ARGV[1], ARGV[2], ARGV[4]
local made, wanted, key, line, first = {}, {}, 6, string.gmatch(ARGV[7], '[^\\n]+'), nil
for answers, keyed, id in string.gmatch(ARGV[6], '([01])([01])(%S+)') do
  local answer, data, sent = answers == '1' and ARGV[5] .. id, line(), nil
  if keyed == '1' then sent = KEYS[key] key = key + 1 end
  local known = sent and redis.call('GET', sent)
  if known then
    made[#made + 1] = known
  else
    -- One is made with its end; what is like it is cheaper to copy.
    if answer and first then
      redis.call('COPY', first, answer)
    elseif answer then
      redis.call('XADD', answer, 'MAXLEN', 0, '*', 'init', '')
      redis.call('PEXPIRE', answer, answerMs)
      first = answer
    end
    local entry = redis.call('XADD', main, '*', 'data', data)
    if answer then wanted[#wanted + 1] = entry .. ' ' .. id end
    made[#made + 1] = entry
    if sent then redis.call('SET', sent, '1 ' .. id .. ' ' .. entry .. ' ' .. answers, 'PX', keyMs) end
  end
end
-- One for all of a batch: it is looked at only where they take long.
if #wanted > 0 then
  local time = redis.call('TIME')
  redis.call('ZADD', returns, time[1] * 1000 + math.floor(time[2] / 1000) + answerMs / 2, table.concat(wanted, ' '))
  if redis.call('PEXPIRE', feed, feedMs) == 0 then
    redis.call('XADD', feed, 'MAXLEN', 0, '*', 'init', '')
    redis.call('PEXPIRE', feed, feedMs)
  end
end
local all = table.concat(made, '\\n')
redis.call('SET', token, all, 'PX', ARGV[3])
return all
`);

export type Send = (of: StreamGroup, messages: readonly Outgoing[], options?: SendOptions) => Promise<readonly Sent[]>;

interface Item { readonly id: string; readonly data: string; readonly answer: boolean; readonly key: string | undefined }

/** Sends what is asked for at one time together. */
export function sender({ redis, clock, random, patienceMs, answerMs, idempotencyMs, mostBytes, feed }: SenderOptions): Send {
  const lines = new Map<string, (items: readonly Item[]) => Promise<readonly Sent[]>>();

  function lineOf({ main, returns, answer: answerOf, sent: sentBy, feed: feedOf }: StreamKeys): (items: readonly Item[]) => Promise<readonly Sent[]> {
    const known = lines.get(main);
    if (known) return known;
    let latest = '';
    const line = batches<Item, Sent>(async (items, before) => {
      const token = sentBy(`batch.${newId(random)}`);
      const earlier = before === undefined ? token : latest;
      latest = token;
      const keys = items.flatMap(({ key }) => (key === undefined ? [] : [sentBy(key)]));
      const what = items.map(({ id, answer, key }) => `${answer ? 1 : 0}${key === undefined ? 0 : 1}${id}`).join(' ');
      // One text for all: each word by itself costs time here and there. JSON is one line.
      const args = [answerMs, idempotencyMs, remembered * patienceMs, feedMs, answerOf(''), what, items.map(({ data }) => data).join('\n')];
      feed.sending(items.filter(({ answer }) => answer).map(({ id }) => id));
      const send = (after: string): Promise<unknown> => sendBatch(redis, [main, returns, token, feedOf(feed.name), after, ...keys], args);
      const early = before && (await send(earlier).catch(() => null));
      // It failed, or came before its predecessor, which may have failed: only when that is settled it is this one's turn.
      if (early === null) await before;
      const made = early ?? (await persist(() => send(token), { clock, patienceMs }));
      const sent = (made as string).split('\n').map((text, at) => readSent(answerOf, items[at]!, text));
      feed.sent(sent);
      return sent;
    }, { most: 100, mostBytes: 1_000_000, bytesOf: ({ data }) => data.length, together: 8 });
    lines.set(main, line);
    return line;
  }

  return async (of, messages, { answer = true } = {}) => {
    const keys = keysOf(checked(of));
    return await lineOf(keys)(messages.map((message, at): Item => {
      const { idempotencyKey } = message;
      const id = newId(random) + newId(random);
      const data = written(message, { id, returnStream: answer ? keys.answer(id) : undefined, feed: answer ? feed.name : undefined, clock });
      const bytes = Buffer.byteLength(data);
      if (bytes > mostBytes) throw new NebError('invalid', `message ${at} for ${of.stream} has ${bytes} bytes, more than ${mostBytes}`, { hint: 'Put large content into a bucket or volume and send its address.' });
      if (idempotencyKey !== undefined && !/^.{1,256}$/su.test(idempotencyKey)) throw new NebError('invalid', `the idempotency key of message ${at} for ${of.stream} must have 1 to 256 characters`, { hint: 'Use a shorter key, such as a hash.' });
      return { id, data, answer, key: idempotencyKey === undefined ? undefined : `key.${idempotencyKey}` };
    }));
  };
}

/** What became of an item: its entry, or `1`, id, entry and whether answers are wanted of the first that had its key. */
function readSent(answerOf: StreamKeys['answer'], item: Item, text: string): Sent {
  const repeated = text.startsWith('1 ');
  const [, id = '', entryId = '', answer] = repeated ? text.split(' ') : ['', item.id, text, item.answer ? '1' : '0'];
  return { id, entryId, ...(answer === '1' && { returnStream: answerOf(id) }), repeated };
}
