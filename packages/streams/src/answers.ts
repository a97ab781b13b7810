import { type Clock, NebError, type StreamGroup } from '@neb/core-types';
import type { Redis } from 'ioredis';
import type { Alarms } from './alarms.ts';
import { persist } from './connection.ts';
import { readEntries } from './entries.ts';
import { type Answer, answerIn, readAnswer } from './envelope.ts';
import type { Feed } from './feed.ts';
import { keysOf } from './keys.ts';
import type { Reader } from './reader.ts';

export interface AnswerOptions {
  /** How long to wait for the next answer; 3,600,000 if absent. */
  readonly timeoutMs?: number | undefined;
  /** Go on after this answer's `entryId`; from the first if absent. */
  readonly after?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The whole of what came back: the last answer, with the chunks before it. */
export type Answered = Last & { readonly chunks: readonly unknown[] };

export interface AnswersOptions {
  readonly redis: Redis;
  readonly reader: Reader;
  readonly feed: Feed;
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly patienceMs: number;
  /** Called with the return stream of answers that were read to their end. */
  readonly read: (stream: string) => void;
}

export interface Answers {
  /** Answers to one message as they come; ends with the last one. */
  all(of: StreamGroup, id: string, more?: AnswerOptions): AsyncGenerator<Answer, void>;
  /** The last answer, once it is there. */
  last(of: StreamGroup, id: string, more?: AnswerOptions): Promise<Answered>;
}

const longestMs = 3_600_000;
/** So long before its time is over a call leaves the feed, which knows no exact times. */
const earlyMs = 1_000;

export function answers(options: AnswersOptions): Answers {
  const { feed, clock, read } = options;

  /** The only answer, if the feed tells it. */
  async function told(of: StreamGroup, id: string, { timeoutMs = longestMs, after, signal }: AnswerOptions): Promise<Last | undefined> {
    signal?.throwIfAborted();
    const tells = after === undefined ? feed.told(of, id, { untilMs: clock.now() + timeoutMs - earlyMs, signal }) : undefined;
    const { entryId, data } = (tells && (await tells)) ?? {};
    const answer = entryId === undefined || data === undefined ? undefined : answerIn(entryId, data);
    if (!answer || answer.kind === 'chunk') return undefined;
    read(keysOf(of).answer(id));
    return answer;
  }

  /** Reads the return stream itself. */
  async function* rest(of: StreamGroup, id: string, more: AnswerOptions): AsyncGenerator<Answer, void> {
    const coming = await follow(of, id, { ...options, ...more });
    try {
      for (;;) {
        const answer = await coming.next();
        if (answer.kind !== 'chunk') read(keysOf(of).answer(id));
        yield answer;
        if (answer.kind !== 'chunk') return;
      }
    } finally {
      coming.end();
    }
  }

  return {
    async *all(of, id, more = {}) {
      const since = clock.now();
      const answer = await told(of, id, more);
      if (answer) yield answer;
      else yield* rest(of, id, left(more, clock.now() - since));
    },
    async last(of, id, more = {}) {
      const since = clock.now();
      const only = await told(of, id, more);
      if (only) return { ...only, chunks: [] };
      const chunks: unknown[] = [];
      for await (const answer of rest(of, id, left(more, clock.now() - since))) {
        if (answer.kind !== 'chunk') return { ...answer, chunks };
        chunks.push(answer.content);
      }
      throw new Error('answers ended without a last one');
    },
  };
}

type Last = Exclude<Answer, { readonly kind: 'chunk' }>;

/** The options, with the time that is left. */
function left({ timeoutMs = longestMs, ...more }: AnswerOptions, passedMs: number): AnswerOptions {
  return { ...more, timeoutMs: Math.max(0, timeoutMs - passedMs) };
}

/** Answers that come. */
interface Coming {
  next(): Promise<Answer>;
  end(): void;
}

async function follow(of: StreamGroup, id: string, options: AnswersOptions & AnswerOptions): Promise<Coming> {
  const { redis, reader, clock, alarms, patienceMs, timeoutMs = longestMs, after = '0-0', signal } = options;
  const stream = keysOf(of).answer(id);
  signal?.throwIfAborted();
  const arrived: Answer[] = [];
  let last = after === '0-0' ? -1 : await placeOf(after);
  let wake = (): void => undefined;
  let trouble: Error | undefined;
  const unfollow = reader.follow({
    stream,
    after,
    got: (entries) => {
      arrived.push(...entries.flatMap((entry) => readAnswer(entry.id, entry.fields) ?? []).filter(isNew));
      wake();
    },
  });
  persist(() => redis.exists(stream), { clock, patienceMs, signal }).then((count) => {
    if (count === 0) throw new NebError('expired', `no answers to message ${id} of ${of.stream} are kept`, { hint: 'Ask for answers sooner, or send with answers wanted.' });
  }).catch((error: unknown) => {
    trouble = error instanceof Error ? error : new Error(String(error));
    wake();
  });

  /** Which chunk the reader had last. */
  async function placeOf(entryId: string): Promise<number> {
    const [entry] = readEntries(await persist(() => redis.xrange(stream, entryId, entryId), { clock, patienceMs, signal }));
    const answer = entry && readAnswer(entry.id, entry.fields);
    return answer?.kind === 'chunk' ? (answer.n ?? -1) : -1;
  }

  /** A worker that takes over from a dead one begins its chunks anew. */
  function isNew(answer: Answer): boolean {
    if (answer.kind !== 'chunk' || answer.n === undefined) return true;
    if (answer.n <= last) return false;
    last = answer.n;
    return true;
  }

  /** Resolves when something may have arrived. */
  function something(): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new NebError('timeout', `no answer to message ${id} of ${of.stream} came within ${timeoutMs} ms`, { hint: 'Its work goes on; ask for its answers again, and see that a worker runs.' }));
      const cancel = alarms.at(clock.now() + timeoutMs, late);
      wake = () => {
        cancel();
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  return {
    async next() {
      for (;;) {
        const answer = arrived.shift();
        if (answer) return answer;
        signal?.throwIfAborted();
        if (trouble) throw trouble;
        await something();
      }
    },
    end: unfollow,
  };
}
