import { type Clock, newId, type Random, type StreamGroup } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { alarms } from './alarms.ts';
import type { Entry } from './entries.ts';
import { keysOf } from './keys.ts';
import type { Reader } from './reader.ts';
import { script } from './script.ts';
import type { Sent } from './send.ts';

/** What a worker told of a message's last answer: its entry in the return stream, and its text, where it is short and the only answer. */
export interface Told {
  readonly entryId: string;
  readonly data: string | undefined;
}

/**
 * One stream for all that this sender waits for, beside the return streams of its messages: reading thousands of those at one time is slow. What
 * is told here lies in the return stream too: nothing is lost with a feed, and whoever does not know of it misses nothing.
 */
export interface Feed {
  /** By which workers find it. */
  readonly name: string;
  /** Notes what is about to be sent with this name: its answers may be told before its sender knows that it is. */
  sending(ids: readonly string[]): void;
  /** Notes what was sent. */
  sent(messages: readonly Sent[]): void;
  /**
   * What is told of a message's answer; undefined once it is time to look into its return stream, where it may be before anything is told: workers
   * of other makes tell nothing, and long answers and chunks are only there. At the latest at `untilMs`, roughly, and when the signal aborts.
   */
  told(of: StreamGroup, id: string, until: Until): Promise<Told | undefined> | undefined;
  stop(): void;
}

export interface Until {
  readonly untilMs: number;
  readonly signal: AbortSignal | undefined;
}

/** How long a feed lasts after the last message was sent. */
export const feedMs = 300_000;
/** So many return streams may be read at one time without a look whether there is anything. */
const few = 16;
/** Redis does nothing else meanwhile. */
const mostLooked = 1_000;
/** Most to keep of what was told before anybody asked: what is more is read again. Each generation of messages may have as much. */
const mostEarlyBytes = 4_000_000;
const lingerMs = 5_000;
/** How many sent messages to remember: twice as many at most. */
const mostSent = 10_000;

/** For how long to leave the word to workers of ours: a look at all return streams takes longer, the more there are. */
function patienceFor(waiting: number): number {
  return waiting <= few ? 2 : Math.min(Math.max(waiting / 20, 25), 500);
}

/** Which return streams are not there any more, or have something in them; none while there is more in the feed than was read. */
const look = script('look', `
local found = {}
if #redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', 1) > 0 then return found end
for at = 2, #KEYS do
  if redis.pcall('XLEN', KEYS[at]) ~= 0 or redis.call('EXISTS', KEYS[at]) == 0 then found[#found + 1] = at - 1 end
end
return found
`);

interface Waiting {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly tell: (told: Told | undefined) => void;
}

interface Line {
  readonly of: StreamGroup;
  readonly waiting: Map<string, Waiting>;
  readonly fromMs: number;
  /** The entry up to which this feed was read. */
  readId: string;
  /** When to look after those who wait. */
  alarm: { readonly ms: number; readonly cancel: () => void } | undefined;
  stop: () => void;
}

/** What is known of a message: nothing yet, when it was sent, or what was told before anybody asked. */
type Known = 'nothing' | number | Told;

export interface FeedOptions {
  readonly redis: Redis;
  readonly reader: Reader;
  readonly clock: Clock;
  readonly random: Random;
}

export function feed({ redis, reader, clock, random }: FeedOptions): Feed {
  const name = newId(random);
  const lines = new Map<string, Line>();
  const ringing = alarms(clock);
  let recent = new Map<string, Known>();
  let older = new Map<string, Known>();
  let earlyBytes = 0;

  function note(id: string, known: Known): void {
    if (recent.has(id)) recent.set(id, known);
    else if (older.has(id)) older.set(id, known);
  }

  function begin(of: StreamGroup, fromMs: number): Line {
    const line: Line = { of, waiting: new Map(), fromMs, readId: `${fromMs - 1}-0`, alarm: undefined, stop: () => undefined };
    lines.set(of.stream, line);
    line.stop = reader.follow({ stream: keysOf(of).feed(name), after: line.readId, got: (entries) => hear(line, entries) });
    return line;
  }

  function hear(line: Line, entries: readonly Entry[]): void {
    line.readId = entries.at(-1)!.id;
    // Of each message its id, the entry of its answer and, where it is short, its text.
    for (const { fields } of entries)
      for (const text of fields.get('told')?.split('\n') ?? []) {
        const at = text.indexOf(' ');
        const to = text.indexOf(' ', at + 1);
        const id = text.slice(0, at);
        const told = to === -1 ? { entryId: text.slice(at + 1), data: undefined } : { entryId: text.slice(at + 1, to), data: text.slice(to + 1) };
        if (!tell(line, id, told)) keep(id, told);
      }
  }

  function keep(id: string, told: Told): void {
    const bytes = told.data?.length ?? 0;
    const isMuch = earlyBytes + bytes > mostEarlyBytes;
    earlyBytes += isMuch ? 0 : bytes;
    note(id, isMuch ? { ...told, data: undefined } : told);
  }

  function tell({ waiting }: Line, id: string, told: Told | undefined): boolean {
    const one = waiting.get(id);
    if (!one) return false;
    waiting.delete(id);
    one.tell(told);
    return true;
  }

  function watch(line: Line, afterMs: number): void {
    const ms = clock.now() + afterMs;
    if (line.alarm && line.alarm.ms <= ms) return;
    line.alarm?.cancel();
    const cancel = ringing.at(ms, () => {
      line.alarm = undefined;
      void round(line).catch(() => undefined).finally(() => lines.get(line.of.stream) === line && watch(line, line.waiting.size > 0 ? patienceFor(line.waiting.size) : lingerMs));
    });
    line.alarm = { ms, cancel };
  }

  async function round(line: Line): Promise<void> {
    const { of, waiting } = line;
    if (waiting.size === 0) {
      // It is read a little longer than anybody waits: the next one may come soon.
      line.stop();
      lines.delete(of.stream);
      return;
    }
    const now = clock.now();
    const patience = patienceFor(waiting.size);
    for (const [id, { untilMs }] of waiting) if (untilMs <= now) tell(line, id, undefined);
    const due = [...waiting].filter(([, { sinceMs }]) => sinceMs <= now - patience).map(([id]) => id);
    for (const id of waiting.size <= few ? due : await found(line, due)) tell(line, id, undefined);
  }

  async function found({ of, readId }: Line, ids: readonly string[]): Promise<readonly string[]> {
    const keys = keysOf(of);
    const all: string[] = [];
    for (let from = 0; from < ids.length; from += mostLooked) {
      const some = ids.slice(from, from + mostLooked);
      all.push(...((await look(redis, [keys.feed(name), ...some.map(keys.answer)], [readId])) as readonly number[]).map((at) => some[at - 1]!));
    }
    return all;
  }

  return {
    name,
    sending(ids) {
      for (const id of ids) recent.set(id, 'nothing');
      if (recent.size < mostSent) return;
      older = recent;
      recent = new Map();
      earlyBytes = 0;
    },
    sent(messages) {
      for (const { id, entryId } of messages) if ((recent.get(id) ?? older.get(id)) === 'nothing') note(id, msOf(entryId));
    },
    told(of, id, { untilMs, signal }) {
      const known = recent.get(id) ?? older.get(id);
      if (known === undefined || known === 'nothing') return undefined;
      if (!recent.delete(id)) older.delete(id);
      if (typeof known === 'object') {
        earlyBytes -= known.data?.length ?? 0;
        return Promise.resolve(known);
      }
      const line = lines.get(of.stream) ?? begin(of, known);
      if (line.fromMs > known) return undefined;
      return new Promise((resolve) => {
        line.waiting.set(id, { sinceMs: clock.now(), untilMs, tell: resolve });
        signal?.addEventListener('abort', () => tell(line, id, undefined), { once: true });
        watch(line, patienceFor(line.waiting.size));
      });
    },
    stop: () => ringing.stop(),
  };
}

/** The time in an entry's id. */
function msOf(entryId: string): number {
  return Number(entryId.slice(0, entryId.indexOf('-')));
}
