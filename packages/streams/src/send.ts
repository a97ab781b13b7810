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
if before then return cjson.decode(before) end
if earlier ~= token and redis.call('EXISTS', earlier) == 0 then return false end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answerMs, keyMs, feedMs = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[4]
local made, wanted, key, arg = {}, {}, 6, 5
while arg <= #ARGV do
  local id, data, answers, keyed = ARGV[arg], ARGV[arg + 1], ARGV[arg + 2] == '1', ARGV[arg + 3] == '1'
  arg = arg + 4
  local answer, sent
  if answers then answer = KEYS[key] key = key + 1 end
  if keyed then sent = KEYS[key] key = key + 1 end
  local known = sent and redis.call('GET', sent)
  if known then
    made[#made + 1] = known
  else
    if answer then
      redis.call('XADD', answer, 'MAXLEN', 0, '*', 'init', '')
      redis.call('PEXPIRE', answer, answerMs)
    end
    local entry = redis.call('XADD', main, '*', 'data', data)
    if answer then wanted[#wanted + 1] = entry .. ' ' .. id end
    made[#made + 1] = '0 ' .. id .. ' ' .. entry .. (answer and ' 1' or ' 0')
    if sent then redis.call('SET', sent, '1 ' .. id .. ' ' .. entry .. (answer and ' 1' or ' 0'), 'PX', keyMs) end
  end
end
-- One for all of a batch: it is looked at only where they take long.
if #wanted > 0 then
  redis.call('ZADD', returns, now + answerMs / 2, table.concat(wanted, ' '))
  if redis.call('PEXPIRE', feed, feedMs) == 0 then
    redis.call('XADD', feed, 'MAXLEN', 0, '*', 'init', '')
    redis.call('PEXPIRE', feed, feedMs)
  end
end
redis.call('SET', token, cjson.encode(made), 'PX', ARGV[3])
return made
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
      const keys: string[] = [];
      const args: (string | number)[] = [answerMs, idempotencyMs, remembered * patienceMs, feedMs];
      for (const { id, data, answer, key } of items) {
        if (answer) keys.push(answerOf(id));
        if (key !== undefined) keys.push(sentBy(key));
        args.push(id, data, answer ? 1 : 0, key === undefined ? 0 : 1);
      }
      feed.sending(items.filter(({ answer }) => answer).map(({ id }) => id));
      const send = (after: string): Promise<unknown> => sendBatch(redis, [main, returns, token, feedOf(feed.name), after, ...keys], args);
      const early = before && (await send(earlier).catch(() => null));
      // It failed, or came before its predecessor, which may have failed: only when that is settled it is this one's turn.
      if (early === null) await before;
      const made = early ?? (await persist(() => send(token), { clock, patienceMs }));
      const sent = (made as readonly string[]).map((text) => readSent(answerOf, text));
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

function readSent(answerOf: StreamKeys['answer'], text: string): Sent {
  const [repeated, id = '', entryId = '', answer] = text.split(' ');
  return { id, entryId, ...(answer === '1' && { returnStream: answerOf(id) }), repeated: repeated === '1' };
}
