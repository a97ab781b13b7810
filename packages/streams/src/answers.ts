import { type Clock, NebError, type StreamGroup } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { persist } from './connection.ts';
import { readEntries } from './entries.ts';
import { type Answer, readAnswer } from './envelope.ts';
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
export type Answered = Exclude<Answer, { readonly kind: 'chunk' }> & { readonly chunks: readonly unknown[] };

export interface AnswersOptions {
  readonly redis: Redis;
  readonly reader: Reader;
  readonly clock: Clock;
  readonly patienceMs: number;
  /** For how long answers are kept that were read to their end. */
  readonly readMs: number;
}

const longestMs = 3_600_000;

/** Answers to one message as they come; ends with the last one. */
export async function* answersTo(of: StreamGroup, id: string, options: AnswersOptions & AnswerOptions): AsyncGenerator<Answer, void> {
  const { redis, reader, clock, patienceMs, readMs, timeoutMs = longestMs, after = '0-0', signal } = options;
  const stream = keysOf(of).answer(id);
  signal?.throwIfAborted();
  const arrived: Answer[] = [];
  let last = after === '0-0' ? -1 : await placeOf(after);
  let wake = (): void => undefined;
  const stop = reader.follow({
    stream,
    after,
    got: (entries) => {
      arrived.push(...entries.flatMap((entry) => readAnswer(entry.id, entry.fields) ?? []).filter(isNew));
      wake();
    },
  });
  try {
    const kept = persist(() => redis.exists(stream), { clock, patienceMs, signal });
    kept.catch(() => undefined);
    for (;;) {
      if (arrived.length === 0) {
        if ((await kept) === 0 && arrived.length === 0) throw new NebError('expired', `no answers to message ${id} of ${of.stream} are kept`, { hint: 'Ask for answers sooner, or send with answers wanted.' });
        await next();
      }
      const answer = arrived.shift();
      if (!answer) continue;
      // Kept for a moment, for whoever asks again because this answer never reached him.
      if (answer.kind !== 'chunk') await persist(() => redis.pexpire(stream, readMs), { clock, patienceMs, signal });
      yield answer;
      if (answer.kind !== 'chunk') return;
    }
  } finally {
    stop();
  }

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

  /** Resolves when something has arrived. */
  async function next(): Promise<void> {
    if (arrived.length > 0) return;
    signal?.throwIfAborted();
    const timer = new AbortController();
    const how = await new Promise<'came' | 'aborted' | 'late'>((resolve) => {
      wake = () => resolve('came');
      signal?.addEventListener('abort', () => resolve('aborted'), { once: true, signal: timer.signal });
      void clock.sleep(timeoutMs, timer.signal).then(() => resolve('late'));
    });
    // A reason of its own spares the making of one.
    timer.abort('over');
    if (how === 'aborted') signal!.throwIfAborted();
    if (how === 'late') throw new NebError('timeout', `no answer to message ${id} of ${of.stream} came within ${timeoutMs} ms`, { hint: 'Its work goes on; ask for its answers again, and see that a worker runs.' });
  }
}

/** The last answer, once it is there. */
export async function answerTo(of: StreamGroup, id: string, options: AnswersOptions & AnswerOptions): Promise<Answered> {
  const chunks: unknown[] = [];
  for await (const answer of answersTo(of, id, options)) {
    if (answer.kind !== 'chunk') return { ...answer, chunks };
    chunks.push(answer.content);
  }
  throw new Error('answers ended without a last one');
}
