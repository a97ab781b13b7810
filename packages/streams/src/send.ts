import { type Clock, NebError, newId, type Random, type StreamGroup } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { batches } from './batches.ts';
import { persist } from './connection.ts';
import { type Outgoing, written } from './envelope.ts';
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
}

/** A batch is remembered for so many times its patience, so that it can be sent again after the connection broke. */
const remembered = 3;

/**
 * Sends a batch: for each message its return stream is there before the message is. The batch's token makes it once, however
 * often it is sent; a message whose own key is known is left out.
 */
const sendBatch = script('send', `
local main, returns, token = KEYS[1], KEYS[2], KEYS[3]
local before = redis.call('GET', token)
if before then return cjson.decode(before) end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answerMs, keyMs = tonumber(ARGV[1]), tonumber(ARGV[2])
local made, wanted, key, arg = {}, {}, 4, 4
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
if #wanted > 0 then redis.call('ZADD', returns, now + answerMs / 2, table.concat(wanted, ' ')) end
redis.call('SET', token, cjson.encode(made), 'PX', ARGV[3])
return made
`);

export type Send = (of: StreamGroup, messages: readonly Outgoing[], options?: SendOptions) => Promise<readonly Sent[]>;

interface Item { readonly id: string; readonly data: string; readonly answer: boolean; readonly key: string | undefined }

/** Sends what is asked for at one time together. */
export function sender({ redis, clock, random, patienceMs, answerMs, idempotencyMs, mostBytes }: SenderOptions): Send {
  const lines = new Map<string, (item: Item) => Promise<Sent>>();

  function lineOf(of: StreamGroup): (item: Item) => Promise<Sent> {
    const known = lines.get(of.stream);
    if (known) return known;
    const line = batches<Item, Sent>(async (items) => {
      const keys = keysOf(of);
      const token = keys.sent(`batch.${newId(random)}`);
      const more = items.flatMap(({ id, answer, key }) => [...(answer ? [keys.answer(id)] : []), ...(key === undefined ? [] : [keys.sent(key)])]);
      const args = items.flatMap(({ id, data, answer, key }) => [id, data, answer ? 1 : 0, key === undefined ? 0 : 1]);
      const made = await persist(() => sendBatch(redis, [keys.main, keys.returns, token, ...more], [answerMs, idempotencyMs, remembered * patienceMs, ...args]), { clock, patienceMs });
      return (made as readonly string[]).map((text) => readSent(keys, text));
    }, { most: 100, mostBytes: 1_000_000, bytesOf: ({ data }) => data.length });
    lines.set(of.stream, line);
    return line;
  }

  return async (of, messages, { answer = true } = {}) => {
    const { stream } = checked(of);
    const line = lineOf(of);
    const items = messages.map((message, at): Item => {
      const id = newId(random) + newId(random);
      const data = written(message, { id, returnStream: answer ? keysOf(of).answer(id) : undefined, clock });
      if (Buffer.byteLength(data) > mostBytes) throw new NebError('invalid', `message ${at} for ${stream} has ${Buffer.byteLength(data)} bytes, more than ${mostBytes}`, { hint: 'Put large content into a bucket or volume and send its address.' });
      if (message.idempotencyKey !== undefined && !/^.{1,256}$/su.test(message.idempotencyKey)) throw new NebError('invalid', `the idempotency key of message ${at} for ${stream} must have 1 to 256 characters`, { hint: 'Use a shorter key, such as a hash.' });
      return { id, data, answer, key: message.idempotencyKey === undefined ? undefined : `key.${message.idempotencyKey}` };
    });
    return await Promise.all(items.map(line));
  };
}

function readSent(keys: StreamKeys, text: string): Sent {
  const [repeated, id = '', entryId = '', answer] = text.split(' ');
  return { id, entryId, ...(answer === '1' && { returnStream: keys.answer(id) }), repeated: repeated === '1' };
}
