import type { Pressure, StreamConsumer, StreamGroup, Tally } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { keysOf } from './keys.ts';
import { script } from './script.ts';

/** How many entries a sample may walk over where Redis cannot tell the backlog. */
const mostCounted = 10_000;

/**
 * Reads a group as one step. Redis 7 tells the backlog as `lag`; nil where an entry was deleted that nobody had taken, too much where one was
 * trimmed, and not at all before 7. Then it is counted from both of its ends, in pages, whichever end comes first; which costs
 * about a microsecond an entry, inside of Redis.
 */
const readingLua = `
local key, group, most = KEYS[1], ARGV[1], tonumber(ARGV[2])
local function fields(list)
  local named = {}
  for i = 1, #list, 2 do named[list[i]] = list[i + 1] end
  return named
end
local function walk(from, to)
  return { from = from, to = to, count = 0, done = false }
end
local function step(way)
  local page = redis.call('XRANGE', key, way.from, way.to, 'COUNT', 100)
  way.count = way.count + #page
  if #page < 100 then way.done = true else way.from = '(' .. page[#page][1] end
end
local function age(id, now) return math.max(0, now - tonumber(string.match(id, '^%d+'))) end

if redis.call('EXISTS', key) == 0 then return false end
local mine
for _, each in ipairs(redis.call('XINFO', 'GROUPS', key)) do
  local named = fields(each)
  if named['name'] == group then mine = named end
end
if not mine then return false end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last, length, lag = mine['last-delivered-id'], redis.call('XLEN', key), mine['lag']
local backlog, exact, waiting = 0, 1, -1
local first = redis.call('XRANGE', key, '(' .. last, '+', 'COUNT', 1)[1]
if first then
  waiting = age(first[1], now)
  if lag and lag > 0 and lag <= length then
    backlog = lag
  else
    local ahead, behind = walk('(' .. last, '+'), walk('-', last)
    while not ahead.done and not behind.done and ahead.count < most do step(ahead) step(behind) end
    if ahead.done then backlog = ahead.count else backlog = length - behind.count end
    if not ahead.done and not behind.done then exact = 0 end
  end
end

local read = mine['entries-read']
if not read or not lag then read = (tonumber(redis.call('GET', KEYS[2])) or 0) + length - backlog end
`;

export const sampleScript = `${readingLua}
local held = -1
if mine['pending'] > 0 then
  local summary = redis.call('XPENDING', key, group)
  if summary[2] then held = age(summary[2], now) end
end
local answer = { backlog, exact, mine['pending'], math.max(0, read - mine['pending']), waiting, held }
if mine['consumers'] > 0 then
  for _, each in ipairs(redis.call('XINFO', 'CONSUMERS', key, group)) do
    local named = fields(each)
    for _, name in ipairs({ 'name', 'pending', 'idle' }) do answer[#answer + 1] = named[name] end
  end
end
return answer
`;

const sample = script('sample', sampleScript);

/** What was read and is not held any more, without what was put aside: given up, put at the stream's end again, deleted, or done before. */
const tallied = script('tally', `${readingLua}
local epoch, aside = unpack(redis.call('HMGET', KEYS[3], 'epoch', 'aside'))
return { epoch or '', read - mine['pending'] - (tonumber(aside) or 0) }
`);

/** How many messages a group's workers have handled, each once, as one step; `undefined` where there is no such stream or group. */
export async function tallyOf(redis: Redis, of: StreamGroup): Promise<Tally | undefined> {
  const { main, trimmed, tally } = keysOf(of);
  const answer = await tallied(redis, [main, trimmed, tally], [of.group, mostCounted]);
  if (!Array.isArray(answer)) return undefined;
  const [epoch, handled] = answer as [string, number];
  return { epoch, handled: Math.max(0, handled) };
}

/** Samples all of them at once: what was asked goes out together. */
export async function pressureOf(redis: Redis, of: readonly StreamGroup[]): Promise<readonly (Pressure | undefined)[]> {
  return await Promise.all(of.map(async (each) => {
    const { main, trimmed } = keysOf(each);
    return readSample(await sample(redis, [main, trimmed], [each.group, mostCounted]));
  }));
}

/** What the script answered, in names. */
export function readSample(answer: unknown): Pressure | undefined {
  if (!Array.isArray(answer)) return undefined;
  const [backlog, exact, pending, acknowledged, waiting, held, ...rest] = answer as [number, number, number, number, number, number, ...unknown[]];
  return {
    backlog, exact: exact === 1, pending, acknowledged,
    ...(waiting >= 0 && { oldestWaitingMs: waiting }),
    ...(held >= 0 && { oldestPendingMs: held }),
    consumers: consumersIn(rest),
  };
}

function consumersIn(flat: readonly unknown[]): readonly StreamConsumer[] {
  return Array.from({ length: flat.length / 3 }, (_, n) => ({ name: String(flat[3 * n]), pending: Number(flat[3 * n + 1]), idleMs: Number(flat[3 * n + 2]) }));
}
