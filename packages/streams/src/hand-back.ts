import type { StreamGroup } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { carriedLua } from './carried.ts';
import { readEntries } from './entries.ts';
import { messageIn } from './envelope.ts';
import { keysOf } from './keys.ts';
import { script } from './script.ts';

export interface HandingBack {
  readonly entryId: string;
  /** Only where it has been let lie for so long. */
  readonly idleMs: number;
  readonly maxAttempts: number;
  readonly answerMs: number;
}

/** `worn`: it was taken too often. `kept`: somebody has it by now, or another group has not read the stream to its end. */
export type HandedBack = 'handed' | 'worn' | 'kept';

/**
 * Puts an entry at the stream's end and acknowledges it where it was, as one step: whoever only reads new entries gets it, whoever still
 * holds it finds that it is not his any more. Other groups never see it: they are moved past it, and where one has not read all yet it
 * has to wait.
 */
const handOne = script('hand', `
${carriedLua}
local main, tried, returns, tally = unpack(KEYS, 1, 4)
local group, id, idle, most, answerMs, message = unpack(ARGV)
local held = redis.call('XPENDING', main, group, id, id, 1)[1]
if not held or held[3] < tonumber(idle) then return 'kept' end
local entry = redis.call('XRANGE', main, id, id)[1]
if not entry then
  redis.call('HDEL', tried, id)
  redis.call('XACK', main, group, id)
  redis.call('HINCRBY', tally, 'aside', 1)
  return 'kept'
end
local own, carried = apart(entry)
local attempts = held[4] + (tonumber(carried.attempts) or 0)
if attempts >= tonumber(most) then return 'worn' end
-- Lua cannot hand on more.
if #own > 7000 then return 'kept' end
local others = {}
for _, each in ipairs(redis.call('XINFO', 'GROUPS', main)) do
  local named = {}
  for i = 1, #each, 2 do named[each[i]] = each[i + 1] end
  if named['name'] ~= group then
    if redis.call('XRANGE', main, '(' .. named['last-delivered-id'], '+', 'COUNT', 1)[1] then return 'kept' end
    others[#others + 1] = named['name']
  end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local first = carried.first or (held[4] > 1 and string.match(id, '^%d+')) or string.format('%.0f', now - held[3])
local past = { 'neb:id', carried.id or id, 'neb:attempts', attempts, 'neb:first', first }
for _, each in ipairs(past) do own[#own + 1] = each end
local new = redis.call('XADD', main, '*', unpack(own))
redis.call('XACK', main, group, id)
redis.call('HINCRBY', tally, 'aside', 1)
local known = redis.call('HGET', tried, id)
if known then
  redis.call('HSET', tried, new, known)
  redis.call('HDEL', tried, id)
end
if message ~= '' then redis.call('ZADD', returns, now + answerMs / 2, new .. ' ' .. message) end
-- Nobody else's: a message is listed once.
if #others == 0 then redis.call('XDEL', main, id) end
for _, name in ipairs(others) do
  local added
  local info = redis.call('XINFO', 'STREAM', main)
  for i = 1, #info, 2 do if info[i] == 'entries-added' then added = info[i + 1] end end
  if added then redis.call('XGROUP', 'SETID', main, name, new, 'ENTRIESREAD', added) else redis.call('XGROUP', 'SETID', main, name, new) end
end
return 'handed'
`);

export async function handBack(redis: Redis, of: StreamGroup, { entryId, idleMs, maxAttempts, answerMs }: HandingBack): Promise<HandedBack> {
  const { main, tried, returns, tally, answer } = keysOf(of);
  const [entry] = readEntries(await redis.xrange(main, entryId, entryId));
  const message = entry && messageIn(entry.fields);
  const wanted = message && message.return_stream === answer(message.id) ? message.id : '';
  return (await handOne(redis, [main, tried, returns, tally], [of.group, entryId, idleMs, maxAttempts, answerMs, wanted])) as HandedBack;
}
