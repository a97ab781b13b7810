import { type Clock, type StreamGroup } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { bury } from './bury.ts';
import { readEntries } from './entries.ts';
import { failure, messageIn, readAnswer } from './envelope.ts';
import { keysOf } from './keys.ts';
import { script } from './script.ts';

/** What is done about messages that workers took and let lie. */
export interface Care {
  /** How often a message is taken before it is given up. */
  readonly maxAttempts: number;
  /** How long a message may lie with a worker that does not touch it, until another may take it. */
  readonly visibilityMs: number;
}

/** How long and how much of what is made on a stream is kept. */
export interface Keeping {
  /** Acknowledged messages can be read for this long. */
  readonly acknowledgedMs: number;
  /** And only while the stream has no more entries than this. */
  readonly acknowledgedMost: number;
  /** Answers nobody has read. */
  readonly answerMs: number;
  readonly deadMost: number;
  readonly errorsMost: number;
  /** Consumers that hold nothing and have not been heard of. */
  readonly consumerMs: number;
}

/** Most entries to look at in one go. */
const page = 100;
/** Most entries to trim in one go: Redis does nothing else meanwhile. */
const mostTrimmed = 10_000;

export interface Tended {
  /** How many messages went to the dead letters. */
  readonly buried: number;
  readonly trimmed: number;
}

/** Gives up what was taken too often, and trims what nobody needs. Never touches a message that was not taken, or that a worker is at. */
export async function tendGroup(redis: Redis, of: StreamGroup, { clock, ...how }: Care & Keeping & { readonly clock: Clock }): Promise<Tended> {
  return { buried: await buryWorn(redis, of, { ...how, clock }), trimmed: await tidyUp(redis, of, how) };
}

type Pending = readonly [id: string, consumer: string, idleMs: number, attempts: number];

async function buryWorn(redis: Redis, of: StreamGroup, { maxAttempts, ...how }: Care & Keeping & { readonly clock: Clock }): Promise<number> {
  const { main } = keysOf(of);
  let buried = 0;
  for (let from = '-'; ;) {
    const lying = (await redis.xpending(main, of.group, 'IDLE', how.visibilityMs, from, '+', page)) as readonly Pending[];
    for (const [entryId, , , attempts] of lying) if (attempts >= maxAttempts && (await giveUp(redis, of, { ...how, entryId }))) buried += 1;
    if (lying.length < page) return buried;
    from = `(${lying.at(-1)![0]}`;
  }
}

export type GivingUp = Pick<Care & Keeping, 'visibilityMs' | 'answerMs' | 'deadMost'> & { readonly clock: Clock; readonly entryId: string };

/** Moves what was taken too often and let lie into the dead letters, and tells whoever waits; whether it did. */
export async function giveUp(redis: Redis, of: StreamGroup, { entryId, visibilityMs, answerMs, deadMost, clock }: GivingUp): Promise<boolean> {
  const { error, returnStream, id } = await whatIsKnown(redis, of, entryId);
  // The last word is ours, unless the worker has had it.
  const isTold = returnStream === undefined || error !== '';
  const answer = isTold ? undefined : { stream: returnStream, data: failure({ id, message: 'given up: workers took it again and again and never acknowledged it', clock }), keepMs: answerMs };
  return await bury(redis, of, { entryId, error, holder: { idleMs: visibilityMs }, answer, most: deadMost });
}

/** Whom to tell of a message, and which error a worker reported that did not acknowledge it. */
async function whatIsKnown(redis: Redis, of: StreamGroup, entryId: string): Promise<{ readonly error: string; readonly returnStream: string | undefined; readonly id: string }> {
  const keys = keysOf(of);
  const [entry] = readEntries(await redis.xrange(keys.main, entryId, entryId));
  const message = entry && messageIn(entry.fields);
  const id = message?.id ?? entryId;
  const returnStream = message && message.return_stream === keys.answer(message.id) ? message.return_stream : undefined;
  const said = readEntries(await redis.xrevrange(returnStream ?? keys.errors, '+', '-', 'COUNT', page));
  const errors = said.flatMap((each) => {
    const read = readAnswer(each.id, each.fields);
    const isOf = returnStream !== undefined || (each.fields.get('data') ?? '').includes(entryId);
    return read?.kind === 'failed' && isOf ? [read.message] : [];
  });
  return { error: errors[0] ?? '', returnStream, id };
}

/**
 * Trims what every group has acknowledged, keeps return streams while their message is on its way, and drops idle consumers
 * and old errors.
 */
const tidy = script('tidy', `
local main, trimmed, returns, errors, health, tried = unpack(KEYS)
local group, answers = ARGV[1], ARGV[2]
local keepMs, keepMost, answerMs, errorsMost, consumerMs = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7])
if redis.call('EXISTS', main) == 0 then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function fields(list)
  local named = {}
  for i = 1, #list, 2 do named[list[i]] = list[i + 1] end
  return named
end
local function parts(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end
local function before(id, other)
  local ms, seq = parts(id)
  local otherMs, otherSeq = parts(other)
  return ms < otherMs or (ms == otherMs and seq < otherSeq)
end

local groups, needed = {}, nil
for _, each in ipairs(redis.call('XINFO', 'GROUPS', main)) do
  local named = fields(each)
  groups[#groups + 1] = named
  local ms, seq = string.match(named['last-delivered-id'], '^(%d+)-(%d+)$')
  local low = ms .. '-' .. string.format('%.0f', seq + 1)
  if named['pending'] > 0 then low = redis.call('XPENDING', main, named['name'])[2] or low end
  if not needed or before(low, needed) then needed = low end
end
local count = 0
if needed then
  local old = string.format('%.0f-0', math.max(0, now - keepMs))
  local target = before(old, needed) and redis.call('XLEN', main) <= keepMost and old or needed
  count = redis.call('XTRIM', main, 'MINID', '~', target, 'LIMIT', ${mostTrimmed})
  if count > 0 then redis.call('INCRBY', trimmed, count) end
end

for _, member in ipairs(redis.call('ZRANGEBYSCORE', returns, '-inf', now, 'LIMIT', 0, 20)) do
  local wanted = {}
  for entry, id in string.gmatch(member, '(%S+) (%S+)') do
    local answer, alive = answers .. id, false
    for _, named in ipairs(groups) do
      if before(named['last-delivered-id'], entry) or redis.call('XPENDING', main, named['name'], entry, entry, 1)[1] then alive = true end
    end
    if alive then
      if redis.call('PEXPIRE', answer, answerMs) == 0 then
        redis.call('XADD', answer, 'MAXLEN', 0, '*', 'init', '')
        redis.call('PEXPIRE', answer, answerMs)
      end
      wanted[#wanted + 1] = entry .. ' ' .. id
    elseif redis.call('PTTL', answer) == -1 then
      redis.call('PEXPIRE', answer, answerMs)
    end
  end
  redis.call('ZREM', returns, member)
  if #wanted > 0 then redis.call('ZADD', returns, now + answerMs / 2, table.concat(wanted, ' ')) end
end

local exists = false
for _, named in ipairs(groups) do exists = exists or named['name'] == group end
if exists then
  for _, each in ipairs(redis.call('XINFO', 'CONSUMERS', main, group)) do
    local named = fields(each)
    if named['pending'] == 0 and named['idle'] > consumerMs then redis.call('XGROUP', 'DELCONSUMER', main, group, named['name']) end
  end
  local some = redis.call('HRANDFIELD', tried, 20)
  for _, id in ipairs(some) do
    if not redis.call('XPENDING', main, group, id, id, 1)[1] then redis.call('HDEL', tried, id) end
  end
end
for _, each in ipairs({ errors, health }) do
  if redis.call('EXISTS', each) == 1 then redis.call('XTRIM', each, 'MAXLEN', '~', errorsMost) end
end
return count
`);

async function tidyUp(redis: Redis, of: StreamGroup, keeping: Keeping): Promise<number> {
  const keys = keysOf(of);
  const { acknowledgedMs, acknowledgedMost, answerMs, errorsMost, consumerMs } = keeping;
  const names = [keys.main, keys.trimmed, keys.returns, keys.errors, keys.health, keys.tried];
  let trimmed = 0;
  for (let last = mostTrimmed; last >= mostTrimmed - page; trimmed += last)
    last = Number(await tidy(redis, names, [of.group, keys.answer(''), acknowledgedMs, acknowledgedMost, answerMs, errorsMost, consumerMs]));
  return trimmed;
}
