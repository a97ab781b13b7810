import type { Clock, StreamConsumer, StreamGroup } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { bury } from './bury.ts';
import { readEntries } from './entries.ts';
import { failure, messageIn, readAnswer } from './envelope.ts';
import { handBack } from './hand-back.ts';
import { keysOf } from './keys.ts';
import { isInHand, type LiveWorker, lyingIn } from './lying.ts';
import { pressureOf } from './pressure.ts';
import { script } from './script.ts';

/** What is done about messages that workers took and let lie. */
export interface Care {
  /** How often a message is taken before it is given up. */
  readonly maxAttempts: number;
  /** How long a message may lie with a worker that does not touch it, until another may take it. */
  readonly visibilityMs: number;
}

/** Workers that are known to live: what they are slow with stays with them for ten times visibility, though they say nothing; none if absent. */
export interface Living {
  readonly live?: readonly LiveWorker[] | undefined;
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
  /** How much longer than visibility what lies is left to workers that claim, before it is put at the stream's end for those that only read. */
  readonly claimMs: number;
}

/** Most entries to look at in one go. */
const page = 100;
/** Most entries to trim in one go: Redis does nothing else meanwhile. */
const mostTrimmed = 10_000;

export interface Tended {
  /** How many messages went to the dead letters. */
  readonly buried: number;
  /** How many are at the stream's end again. */
  readonly handedBack: number;
  readonly trimmed: number;
}

/**
 * Gives up what was taken too often, hands back what nobody claims, and trims what nobody needs. Never touches a message that was not taken,
 * or that a worker is at.
 */
export async function tendGroup(redis: Redis, of: StreamGroup, how: Tending): Promise<Tended> {
  return { ...(await seeToLying(redis, of, how)), trimmed: await tidyUp(redis, of, how) };
}

type Tending = Care & Living & Keeping & { readonly clock: Clock };

async function seeToLying(redis: Redis, of: StreamGroup, { maxAttempts, live = [], claimMs, ...how }: Tending): Promise<Omit<Tended, 'trimmed'>> {
  const { visibilityMs, answerMs } = how;
  const done = { buried: 0, handedBack: 0 };
  let consumers: readonly StreamConsumer[] | undefined;
  for await (const page of lyingIn(redis, of, visibilityMs)) {
    if (page.length === 0) break;
    if (live.length > 0) consumers ??= (await pressureOf(redis, [of]))[0]?.consumers;
    for (const each of page) {
      if (isInHand(each, { live, consumers: consumers ?? [], visibilityMs })) continue;
      const { entryId, attempts, idleMs } = each;
      const outcome = attempts >= maxAttempts ? 'worn' : idleMs < visibilityMs + claimMs ? 'kept' : await handBack(redis, of, { entryId, idleMs: visibilityMs + claimMs, maxAttempts, answerMs });
      if (outcome === 'handed') done.handedBack += 1;
      if (outcome === 'worn' && (await giveUp(redis, of, { ...how, entryId }))) done.buried += 1;
    }
  }
  return done;
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

local groups, needed, mine = {}, nil, nil
for _, each in ipairs(redis.call('XINFO', 'GROUPS', main)) do
  local named = fields(each)
  groups[#groups + 1] = named
  if named['name'] == group then mine = named end
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

if mine then
  for _, each in ipairs(redis.call('XINFO', 'CONSUMERS', main, group)) do
    local named = fields(each)
    if named['pending'] == 0 and named['idle'] > consumerMs then redis.call('XGROUP', 'DELCONSUMER', main, group, named['name']) end
  end
  local some = redis.call('HRANDFIELD', tried, 20)
  for _, id in ipairs(some) do
    if not before(mine['last-delivered-id'], id) and not redis.call('XPENDING', main, group, id, id, 1)[1] then redis.call('HDEL', tried, id) end
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
