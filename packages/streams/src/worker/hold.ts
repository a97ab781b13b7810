import type { StreamGroup } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { carriedIn, carriedLua } from '../carried.ts';
import { entriesIn, type Entry, fieldsOf } from '../entries.ts';
import { keysOf } from '../keys.ts';
import { script } from '../script.ts';

/** An entry that this consumer holds. */
export interface Held {
  readonly entry: Entry;
  /** 1 the first time anybody has it. */
  readonly attempt: number;
}

/** Takes what lies with others, or with itself, longer than visibility; what was taken too often is only named. */
const claimLying = script('claim', `
${carriedLua}
local main, tally, group, consumer, visibility, attempts, most = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local taken, worn = {}, {}
for _, each in ipairs(redis.call('XPENDING', main, group, 'IDLE', visibility, '-', '+', most)) do
  local now = redis.call('XRANGE', main, each[1], each[1])[1]
  local before = 0
  if now then
    local _, carried = apart(now)
    before = tonumber(carried.attempts) or 0
  end
  if before + each[4] >= attempts then
    worn[#worn + 1] = each[1]
  else
    local entry = redis.call('XCLAIM', main, group, consumer, visibility, each[1])[1]
    -- What was deleted meanwhile has nothing to be worked off. Redis 7 has let go of it already.
    if entry and entry[2] then
      taken[#taken + 1] = { entry[1], entry[2], before + each[4] + 1 }
    else
      redis.call('XACK', main, group, each[1])
      redis.call('HINCRBY', tally, 'aside', 1)
    end
  end
end
return { taken, worn }
`);

export interface Claimed {
  readonly taken: readonly Held[];
  /** Entries that were taken too often. */
  readonly worn: readonly string[];
}

export interface ClaimOptions {
  readonly consumer: string;
  readonly visibilityMs: number;
  readonly maxAttempts: number;
  readonly most: number;
}

export async function claim(redis: Redis, of: StreamGroup, { consumer, visibilityMs, maxAttempts, most }: ClaimOptions): Promise<Claimed> {
  const { main, tally } = keysOf(of);
  const [taken, worn] = (await claimLying(redis, [main, tally], [of.group, consumer, visibilityMs, maxAttempts, most])) as [readonly [string, readonly string[], number][], readonly string[]];
  return { taken: taken.map(([id, flat, attempt]) => ({ entry: { id, fields: fieldsOf(flat) }, attempt })), worn };
}

/** Waits for messages that nobody has had; none after `blockMs`. */
export async function take(redis: Redis, of: StreamGroup, { consumer, most, blockMs }: { readonly consumer: string; readonly most: number; readonly blockMs: number }): Promise<readonly Held[]> {
  const reply = await redis.call('XREADGROUP', 'GROUP', of.group, consumer, 'COUNT', most, 'BLOCK', blockMs, 'STREAMS', keysOf(of).main, '>');
  return entriesIn(reply).map((entry) => ({ entry, attempt: 1 + carriedIn(entry.fields).attempts }));
}

/** Says that this consumer is still at these entries, and names those that are not its own any more. Never takes one back. */
const touchHeld = script('touch', `
local main, group, consumer = KEYS[1], ARGV[1], ARGV[2]
local lost = {}
for at = 3, #ARGV do
  if redis.call('XPENDING', main, group, ARGV[at], ARGV[at], 1, consumer)[1] then
    redis.call('XCLAIM', main, group, consumer, 0, ARGV[at], 'JUSTID')
  else
    lost[#lost + 1] = ARGV[at]
  end
end
return lost
`);

export async function touch(redis: Redis, of: StreamGroup, { consumer, entryIds }: { readonly consumer: string; readonly entryIds: readonly string[] }): Promise<readonly string[]> {
  return (await touchHeld(redis, [keysOf(of).main], [of.group, consumer, ...entryIds])) as readonly string[];
}

/** Gives back what the consumer holds and never looked at, as if nobody had taken it: others may have it at once. */
export async function release(redis: Redis, of: StreamGroup, { consumer, visibilityMs, except }: { readonly consumer: string; readonly visibilityMs: number; readonly except: readonly string[] }): Promise<void> {
  const { main } = keysOf(of);
  const held = (await redis.xpending(main, of.group, '-', '+', 1_000, consumer)) as readonly (readonly [id: string, consumer: string, idleMs: number, attempts: number])[];
  // What is to be tried again lies there too, and was tried.
  const unseen = held.filter(([id, , , attempts]) => attempts === 1 && !except.includes(id)).map(([id]) => id);
  const tried = unseen.length === 0 ? [] : await redis.hmget(keysOf(of).tried, ...unseen);
  const fresh = unseen.filter((_, at) => tried[at] === null);
  if (fresh.length > 0) await redis.call('XCLAIM', main, of.group, consumer, 0, ...fresh, 'IDLE', visibilityMs, 'RETRYCOUNT', 0, 'JUSTID');
}

/** Lets go of an entry, so that anybody may take it after a while, and notes what went wrong with it. */
const deferHeld = script('defer', `
local main, tried = KEYS[1], KEYS[2]
local group, consumer, id, idle, problem = unpack(ARGV)
local held = redis.call('XPENDING', main, group, id, id, 1, consumer)[1]
if not held then return 0 end
if problem ~= '' then
  local time = redis.call('TIME')
  local first = time[1] * 1000 + math.floor(time[2] / 1000) - held[3]
  local before = redis.call('HGET', tried, id)
  if before then first = cjson.decode(before).first end
  redis.call('HSET', tried, id, cjson.encode({ error = problem, first = first }))
end
redis.call('XCLAIM', main, group, consumer, 0, id, 'IDLE', idle, 'JUSTID')
return 1
`);

export interface Deferral {
  readonly consumer: string;
  readonly entryId: string;
  /** How soon others may take it: at most visibility, which is when they may take what lies with the dead. */
  readonly afterMs: number;
  readonly visibilityMs: number;
  readonly error: string;
}

export async function defer(redis: Redis, of: StreamGroup, { consumer, entryId, afterMs, visibilityMs, error }: Deferral): Promise<void> {
  const { main, tried } = keysOf(of);
  await deferHeld(redis, [main, tried], [of.group, consumer, entryId, Math.max(0, visibilityMs - afterMs), error]);
}
