import type { StreamGroup } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { isAfter } from '../entries.ts';
import { keysOf } from '../keys.ts';
import { script } from '../script.ts';

/** A command of Redis, such as `['INCRBY', key, '1']`. */
export type Command = readonly [name: string, ...args: (string | number)[]];

/** The end of a message: its effect, its answer and its acknowledgement. */
export interface Commit {
  readonly entryId: string;
  /** What the message is known by, whichever entry it came in. */
  readonly id: string;
  readonly commands: readonly Command[];
  /** Its last answer, which is JSON, and the feed in which to tell its sender of it. */
  readonly answer?: { readonly stream: string; readonly data: string; readonly feed: string | undefined } | undefined;
}

/**
 * `done`: all of it happened now. `repeated`: it had happened before, and only the entry was acknowledged. `lost`: nothing happened, since the
 * entry is not this consumer's any more. `refused`: Redis refused the command at `at`; those before it have happened.
 */
export type Outcome = { readonly is: 'done' | 'repeated' | 'lost' } | { readonly is: 'refused'; readonly at: number; readonly error: string };

/** Longer answers are only named in a feed. */
const mostTold = 4_096;
/** Most entries of a feed, each of up to a hundred answers. Who is further behind looks into the return streams. */
const mostTells = 200;

const commitAll = script('commit', `
local main, marks, before, tried, tally = unpack(KEYS, 1, 5)
local group, consumer, keep, keepMarks, from, to = unpack(ARGV)
-- Of each: its entry, its id, its return stream, which feed is its own, whether it is tried for the first time, and its commands.
local all, line = cjson.decode(ARGV[7]), string.gmatch(ARGV[8], '[^\\n]+')
local ids = {}
for n, each in ipairs(all) do ids[n] = each[2] end
local isDone, mine = {}, {}
for _, key in ipairs({ marks, before }) do
  for n, is in ipairs(redis.call('SMISMEMBER', key, unpack(ids))) do
    if is == 1 then isDone[ids[n]] = true end
  end
end
if #all > 20 then
  for _, each in ipairs(redis.call('XPENDING', main, group, from, to, 1000, consumer)) do mine[each[1]] = true end
end
local outcomes, marked, acknowledged, repeated, told, isWhole = {}, {}, {}, {}, {}, true
for n, each in ipairs(all) do
  local entry, id, answer, feed, first, commands = each[1], each[2], each[3], KEYS[each[4]], each[5], each[6]
  local outcome, data = 'done', nil
  if answer == '' then answer = nil else data = line() end
  if isDone[id] then
    repeated[#repeated + 1] = entry
    outcome = 'repeated'
  elseif not mine[entry] and not redis.call('XPENDING', main, group, entry, entry, 1, consumer)[1] then
    outcome = 'lost'
  else
    for at, command in ipairs(commands or {}) do
      local reply = redis.pcall(unpack(command))
      if type(reply) == 'table' and reply.err then
        outcome = (at - 1) .. ' ' .. reply.err
        break
      end
    end
    if outcome == 'done' then
      isDone[id] = true
      marked[#marked + 1] = id
      acknowledged[#acknowledged + 1] = entry
      -- Whoever sent it has made the stream, with its end; else it is made now.
      local said = answer and redis.call('XADD', answer, 'NOMKSTREAM', '*', 'data', data)
      if answer and not said then
        said = redis.call('XADD', answer, '*', 'data', data)
        redis.call('PEXPIRE', answer, keep)
      end
      if feed then
        local tells = told[feed]
        if not tells then tells = {} told[feed] = tells end
        tells[#tells + 1] = id .. ' ' .. said .. (#data <= ${mostTold} and redis.call('XLEN', answer) == 1 and ' ' .. data or '')
      end
      if first == 0 then redis.call('HDEL', tried, entry) end
    end
  end
  if outcome ~= 'done' then isWhole = false end
  outcomes[n] = outcome
end
if #marked > 0 then
  redis.call('SADD', marks, unpack(marked))
  if redis.call('PTTL', marks) == -1 then redis.call('PEXPIRE', marks, keepMarks) end
end
if #acknowledged > 0 then redis.call('XACK', main, group, unpack(acknowledged)) end
if #repeated > 0 then
  local again = redis.call('XACK', main, group, unpack(repeated))
  if again > 0 then redis.call('HINCRBY', tally, 'aside', again) end
end
for feed, tells in pairs(told) do redis.call('XADD', feed, 'NOMKSTREAM', 'MAXLEN', '~', ${mostTells}, '*', 'told', table.concat(tells, '\\n')) end
return isWhole and 'done' or outcomes
`);

/** Marks of what is done are kept for one to two of these: longer than what is done can be delivered again, after its group was lost. */
const markMs = 3_600_000;

export interface Committing {
  readonly consumer: string;
  readonly answerMs: number;
  readonly now: number;
  readonly commits: readonly (Commit & { readonly attempt: number })[];
}

/** The end of one or more messages, each as one step: all of it, once, or nothing. Repeating it says `repeated` and does nothing. */
export async function commit(redis: Redis, of: StreamGroup, { consumer, answerMs, now, commits }: Committing): Promise<readonly Outcome[]> {
  const { main, done, tried, tally } = keysOf(of);
  const period = Math.floor(now / markMs);
  const keys = [main, `${done}.${period}`, `${done}.${period - 1}`, tried, tally];
  const placeOf = placesAmong(keys);
  // JSON of half a character is none for Redis, which would refuse all; as an argument it becomes the same as here.
  const all = commits.map(({ entryId, id, answer, commands, attempt }) => [
    entryId, id.toWellFormed(), answer?.stream.toWellFormed() ?? '', answer?.feed === undefined ? 0 : placeOf(answer.feed), attempt === 1 ? 1 : 0,
    ...(commands.length > 0 ? [commands.map((command) => command.map((word) => String(word).toWellFormed()))] : []),
  ]);
  const entryIds = commits.map(({ entryId }) => entryId);
  const from = entryIds.reduce((least, each) => (isAfter(least, each) ? each : least));
  const to = entryIds.reduce((most, each) => (isAfter(each, most) ? each : most));
  const outcomes = await commitAll(redis, keys, [of.group, consumer, answerMs, 3 * markMs, from, to, JSON.stringify(all), commits.flatMap(({ answer }) => answer?.data ?? []).join('\n')]);
  return outcomes === 'done' ? commits.map(() => ({ is: 'done' })) : (outcomes as readonly string[]).map(readOutcome);
}

/** The place of a key among all, where it is put if it is not there. The first is 1. */
function placesAmong(keys: string[]): (key: string) => number {
  const places = new Map<string, number>();
  return (key) => {
    const place = places.get(key) ?? keys.push(key);
    places.set(key, place);
    return place;
  };
}

function readOutcome(text: string): Outcome {
  if (text === 'done' || text === 'repeated' || text === 'lost') return { is: text };
  const [, at = '0', error = text] = /^(\d+) (.*)$/s.exec(text) ?? [];
  return { is: 'refused', at: Number(at), error };
}

/** A chunk of an answer, unless the entry is somebody else's by now; whether it was sent. */
const sendOne = script('chunk', `
if not redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1, ARGV[3])[1] then return 0 end
redis.call('XADD', KEYS[2], '*', 'data', ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return 1
`);

export interface Chunk {
  readonly consumer: string;
  readonly answerMs: number;
  readonly entryId: string;
  readonly stream: string;
  readonly data: string;
}

export async function sendChunk(redis: Redis, of: StreamGroup, { consumer, answerMs, entryId, stream, data }: Chunk): Promise<boolean> {
  return (await sendOne(redis, [keysOf(of).main, stream], [of.group, entryId, consumer, data, answerMs])) === 1;
}
