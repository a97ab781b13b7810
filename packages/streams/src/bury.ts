import type { StreamGroup } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { carriedLua } from './carried.ts';
import { keysOf } from './keys.ts';
import { script } from './script.ts';

/** Why and how a message is given up. */
export interface Burial {
  readonly entryId: string;
  readonly error: string;
  /** Only where this consumer still holds it; else only where it has been let lie for `idleMs`. */
  readonly holder: { readonly consumer: string } | { readonly idleMs: number };
  /** What to tell whoever waits for an answer, as the text of an answer, and for how long to keep it; 0 for ever. */
  readonly answer?: { readonly stream: string; readonly data: string; readonly keepMs: number } | undefined;
  readonly most: number;
}

/**
 * Moves an entry into the dead letters, acknowledges it and answers, as one step. Its own fields are kept as they are; those of
 * ours begin with \`neb:\`.
 */
const buryOne = script('bury', `
${carriedLua}
local main, dead, tried, tally = unpack(KEYS, 1, 4)
local group, id, problem, consumer, idle, most, data, keep = unpack(ARGV)
local held = redis.call('XPENDING', main, group, id, id, 1)[1]
if not held then return 0 end
if consumer ~= '' and held[2] ~= consumer then return 0 end
if consumer == '' and held[3] < tonumber(idle) then return 0 end
local entry = redis.call('XRANGE', main, id, id)[1]
local own, carried = {}, {}
if entry then own, carried = apart(entry) end
local attempts = held[4] + (tonumber(carried.attempts) or 0)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local before = redis.call('HGET', tried, id)
local first = now - held[3]
if held[4] > 1 then first = tonumber(string.match(id, '^%d+')) end
if carried.first then first = tonumber(carried.first) end
if before then
  local known = cjson.decode(before)
  first = known.first
  if problem == '' then problem = known.error .. '; then ' .. held[2] .. ' took it and did not acknowledge it' end
end
if problem == '' then problem = 'it was taken ' .. attempts .. ' times and never acknowledged, the last time by ' .. held[2] end
if entry then
  local fields = { 'neb:id', id, 'neb:error', problem, 'neb:attempts', attempts, 'neb:first', string.format('%.0f', first), 'neb:last', string.format('%.0f', now), 'neb:consumer', held[2] }
  -- Lua cannot hand on more.
  for at = 1, math.min(#own, 7000) do fields[#fields + 1] = own[at] end
  redis.call('XADD', dead, 'MAXLEN', '~', most, '*', unpack(fields))
  if KEYS[5] then
    redis.call('XADD', KEYS[5], '*', 'data', data)
    if keep ~= '0' then redis.call('PEXPIRE', KEYS[5], keep) end
  end
end
redis.call('HDEL', tried, id)
redis.call('XACK', main, group, id)
redis.call('HINCRBY', tally, 'aside', 1)
return 1
`);

/** True once the entry is in the dead letters; false where it is somebody else's by now, or done. An error of '' is told from what is known of it. */
export async function bury(redis: Redis, of: StreamGroup, { entryId, error, holder, answer, most }: Burial): Promise<boolean> {
  const { main, dead, tried, tally } = keysOf(of);
  const consumer = 'consumer' in holder ? holder.consumer : '';
  const idleMs = 'idleMs' in holder ? holder.idleMs : 0;
  return (await buryOne(redis, [main, dead, tried, tally, ...(answer ? [answer.stream] : [])], [of.group, entryId, error, consumer, idleMs, most, answer?.data ?? '', answer?.keepMs ?? 0])) === 1;
}
