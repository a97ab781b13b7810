import { isNebError, messageOf, NebError } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { batches } from '../batches.ts';
import { bury } from '../bury.ts';
import { persist } from '../connection.ts';
import { chunk, failure, success } from '../envelope.ts';
import { keysOf } from '../keys.ts';
import { type Command, commit, type Commit, type Outcome, sendChunk } from './commit.ts';
import { defer, type Held } from './hold.ts';
import { type Message, type Read, readMessage } from './message.ts';
import type { Settings } from './options.ts';

/** What a handler has beside the message. */
export interface Handling {
  /** Aborts when somebody else has the message by now, and at its deadline: what is done from then on counts for nothing. */
  readonly signal: AbortSignal;
  /** 1 the first time anybody tries it. */
  readonly attempt: number;
  /**
   * A command of Redis that takes effect once, with the answer and the acknowledgement, as one step; never where the handler fails or somebody
   * else has the message. A worker with credentials of its own may use keys that `key` makes.
   */
  effect(...command: Command): void;
  /** The name of a key for state of the stream's workers, such as a counter. */
  key(name: string): string;
}

/** Its outcome is the answer: a value, or chunks one by one. Whatever it throws is tried again, up to `maxAttempts`. */
export type Handler<T> = (message: Message<T>, handling: Handling) => unknown;

/** What checks a message's content before a handler sees it; throws a NebError. */
export type Check<T> = (content: unknown) => T | Promise<T>;

export interface Work {
  /** Does everything there is to do about one message. Never rejects. */
  handle(held: Held, hold: Hold): Promise<void>;
}

/** A message in hand. */
export interface Hold {
  /** Made when it is first asked for: most handlers look at none. */
  readonly signal: AbortSignal;
  /** Throws the reason once it was let go. */
  check(): void;
  /** Aborts the signal. */
  letGo(reason: unknown): void;
  /** Called once the handler is through: what is left is to write down what came of it. */
  through(): void;
}

const mostBytes = 4_000_000;

export function work<T>(redis: Redis, settings: Settings, { check, handler }: { readonly check: Check<T>; readonly handler: Handler<T> }): Work {
  const { of, consumer, answerMs, clock, maxAttempts, visibilityMs, tell } = settings;
  const keys = keysOf(of);
  const lasting = <R>(doing: () => Promise<R>): Promise<R> => persist(doing, { clock, patienceMs: Infinity });
  // Until it is known whether it happened, there is nothing else to do with a message.
  const commits = batches<Commit & { readonly attempt: number }, Outcome>((all) => lasting(() => commit(redis, of, { consumer, answerMs, now: clock.now(), commits: all })), {
    most: 100, mostBytes, together: 2, bytesOf: ({ answer }) => answer?.data.length ?? 0,
    // The worker asks for its next messages first: they come while Redis is at these.
    turn: async () => {
      await nextTurn();
      await nextTurn();
    },
  });

  async function handle({ entry, attempt }: Held, hold: Hold): Promise<void> {
    const read = readMessage(entry);
    try {
      await tryOut(read, attempt, hold);
    } catch (error) {
      await settle(read, attempt, error).catch((reason: unknown) => tell({ is: 'failed', id: read.message.id, attempt, error: reason, againAfterMs: visibilityMs }));
    }
  }

  async function tryOut(read: Read, attempt: number, hold: Hold): Promise<void> {
    const { message } = read;
    const overdue = dueIn(message, clock.now());
    if (overdue !== undefined && overdue <= 0) return await end(read, { attempt, commands: [], data: failure({ id: message.id, message: tooLate(message), clock }) });
    const content = await fitting(message.content);
    const commands: Command[] = [];
    const timer = overdue === undefined ? undefined : new AbortController();
    if (timer) void clock.sleep(overdue!, timer.signal).then(() => timer.signal.aborted || hold.letGo(new NebError('timeout', tooLate(message))));
    try {
      const outcome = await handler({ ...message, content }, { get signal() { return hold.signal; }, attempt, effect: (...command) => void commands.push(command), key: (name) => `${of.stream}.state.${name}` });
      const last = isChunks(outcome) ? await sendChunks(read, outcome, hold) : outcome;
      hold.check();
      hold.through();
      await end(read, { attempt, commands, data: success({ id: message.id, content: last, clock }) });
    } finally {
      timer?.abort();
    }
  }

  /** What does not fit now will never. */
  async function fitting(content: unknown): Promise<T> {
    try {
      return await check(content);
    } catch (error) {
      throw new Hopeless(messageOf(error), { cause: error });
    }
  }

  /** Sends all but the last answer, which is then empty. */
  async function sendChunks(read: Read, outcome: AsyncIterable<unknown> | Iterable<unknown>, hold: Hold): Promise<null> {
    const stream = answerStream(read);
    let n = 0;
    for await (const content of outcome) {
      hold.check();
      if (stream === undefined) continue;
      const data = chunk({ id: read.message.id, n: n++, content, clock });
      if (!(await lasting(() => sendChunk(redis, of, { consumer, answerMs, entryId: read.message.entryId, stream, data })))) throw taken();
    }
    return null;
  }

  async function end(read: Read, { attempt, commands, data }: { readonly attempt: number; readonly commands: readonly Command[]; readonly data: string }): Promise<void> {
    const { entryId, id } = read.message;
    const stream = answerStream(read);
    const [outcome] = (await commits([{ entryId, id, commands, attempt, answer: stream === undefined ? undefined : { stream, data, feed: feedOf(read) } }])) as readonly [Outcome];
    if (outcome.is === 'lost') throw taken();
    if (outcome.is === 'refused') {
      const said = `Redis refused the effect ${commands[outcome.at]!.join(' ').slice(0, 200)}: ${outcome.error}`;
      throw outcome.at === 0 ? new Error(said) : new Hopeless(`${said} (the effects before it have happened, so it is not tried again)`);
    }
  }

  /** After a failure: again after a while, or never. */
  async function settle(read: Read, attempt: number, error: unknown): Promise<void> {
    const { message: { id, entryId, ...message } } = read;
    if (isTaken(error)) return tell({ is: 'lost', id, attempt });
    if (isNebError(error, 'timeout') && (dueIn(message, clock.now()) ?? 1) <= 0) return await end(read, { attempt, commands: [], data: failure({ id, message: tooLate(message), clock }) });
    const afterMs = attempt >= maxAttempts || error instanceof Hopeless ? undefined : settings.retry(error, attempt);
    tell({ is: 'failed', id, attempt, error, againAfterMs: afterMs });
    const said = messageOf(error);
    if (afterMs !== undefined) return await lasting(() => defer(redis, of, { consumer, entryId, afterMs, visibilityMs, error: said }));
    const answer = { stream: answerStream(read) ?? keys.errors, data: failure({ id, message: said, clock }), keepMs: read.returnStream === undefined ? 0 : answerMs };
    await lasting(() => bury(redis, of, { entryId, error: said, holder: { consumer }, answer, most: 10_000 }));
  }

  /** Where its answers go. Only to where a worker of this stream answers: a sender cannot have it write elsewhere. */
  function answerStream({ returnStream }: Read): string | undefined {
    return returnStream?.startsWith(keys.answer('')) ? returnStream : undefined;
  }

  /** Only senders like ours listen to one, and their ids are such. */
  function feedOf({ feed, message: { id } }: Read): string | undefined {
    return feed !== undefined && isPlain.test(feed) && isPlain.test(id) ? keys.feed(feed) : undefined;
  }

  return { handle };
}

const isPlain = /^[a-z0-9]{1,64}$/;

/** What trying again cannot mend. */
class Hopeless extends Error {}

const takenOver = 'another worker has the message by now';

/** Why a message is not this worker's any more. */
export function taken(): NebError {
  return new NebError('conflict', takenOver);
}

function isTaken(error: unknown): boolean {
  return isNebError(error, 'conflict') && error.message === takenOver;
}

function dueIn({ deadline }: { readonly deadline?: string | undefined }, now: number): number | undefined {
  const at = deadline === undefined ? NaN : Date.parse(deadline);
  return Number.isNaN(at) ? undefined : at - now;
}

function tooLate({ deadline }: { readonly deadline?: string | undefined }): string {
  return `its deadline ${deadline} has passed`;
}

function isChunks(outcome: unknown): outcome is AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof outcome !== 'object' || outcome === null) return false;
  return Symbol.asyncIterator in outcome || (Symbol.iterator in outcome && 'next' in outcome);
}
