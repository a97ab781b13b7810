import { type Call, type Clock, type Page, type Random, type StreamGauge, type StreamGroup, systemClock, systemRandom, type Tally } from '@neb/core-types';
import { alarms } from './alarms.ts';
import { type Answered, type AnswerOptions, answers } from './answers.ts';
import { connect, persist, type RedisAddress } from './connection.ts';
import { type DeadLetters, deadLetters } from './dead-letters.ts';
import { declareGroup, forgetGroup } from './declare.ts';
import { askToDrain, type Draining } from './drain.ts';
import { type Durability, durabilityOf } from './durability.ts';
import type { Answer, Outgoing } from './envelope.ts';
import { feed } from './feed.ts';
import { askHealth, type Health, type HealthOptions } from './health.ts';
import { checked } from './keys.ts';
import { type Listed, listMessages } from './list-messages.ts';
import type { ListQuery } from './page.ts';
import { pressureOf, tallyOf } from './pressure.ts';
import { reader } from './reader.ts';
import { readingEnds } from './reading-ends.ts';
import { sender, type SendOptions, type Sent } from './send.ts';
import { type Care, type Keeping, type Living, tendGroup, type Tended } from './tend.ts';
import { deleteUser, makeUser, type StreamUser, type UserOptions } from './user.ts';
import { watch } from './watch.ts';

export type StreamsOptions = RedisAddress & {
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** How long a call waits for a Redis that is away, before it throws `unavailable`; 10,000 if absent. */
  readonly patienceMs?: number | undefined;
  /** Largest message, as JSON; 4 MiB if absent. */
  readonly mostBytes?: number | undefined;
  /** How long an idempotency key is remembered; a day if absent. */
  readonly idempotencyMs?: number | undefined;
  readonly keep?: Partial<Keeping> | undefined;
  /** Told of each connection that was made: a Redis that was started anew knows only the users that it keeps in a file. */
  readonly onConnect?: (() => void) | undefined;
};

/** Streams of messages for workers, on one Redis. Nothing here blocks a worker or takes a message from it. */
export interface Streams extends StreamGauge, AsyncDisposable {
  /** Once it resolves the stream and its group are there, the group at the stream's beginning. Repeating it changes nothing, and mends what was lost. */
  declare(of: StreamGroup): Promise<void>;
  /** Deletes the group with its user and its dead letters; with the last group the stream, its answers and all that lies beside it. Succeeds where there is none. */
  forget(of: StreamGroup): Promise<void>;
  /** Once it resolves the messages are in the stream, each once, in order where nothing else is sent at that time. Repeating it sends them again, but for those with an idempotency key. */
  send(of: StreamGroup, messages: readonly Outgoing[], options?: SendOptions): Promise<readonly Sent[]>;
  /** The last answer to a message, with the chunks before it. Throws `timeout`, or `expired` where answers are not kept. */
  answer(of: StreamGroup, id: string, options?: AnswerOptions): Promise<Answered>;
  /** Answers as they come, up to the last one. Stopping early loses nothing: the next call begins where `after` says. */
  answers(of: StreamGroup, id: string, options?: AnswerOptions): AsyncIterable<Answer>;
  /** Messages that lie in the stream, those acknowledged lately among them, without taking any. The oldest first, unless asked otherwise. */
  messages(of: StreamGroup, query?: ListQuery): Promise<Page<Listed>>;
  /** How many messages the group's workers have handled; `undefined` where there is no such stream or group. */
  tally(of: StreamGroup, call?: Call): Promise<Tally | undefined>;
  readonly deadLetters: DeadLetters;
  /**
   * Gives up messages that were taken `maxAttempts` times and then let lie, puts those at the stream's end that nobody claims, trims what is
   * acknowledged, and keeps return streams while they are wanted. To be called every few seconds, by any number of processes.
   */
  tend(of: StreamGroup, care: Care & Living): Promise<Tended>;
  /** Makes the group's own user of Redis, or has it be so again: after a restart of Redis it must be made again, with its password. Throws `unsupported` where Redis makes none. */
  user(of: StreamGroup, options?: UserOptions): Promise<StreamUser>;
  /** What one of the workers says of itself. Throws `timeout`. */
  health(of: StreamGroup, options?: HealthOptions): Promise<Health>;
  /** Asks a worker to take no more messages, and tells whether it says that it holds none. Workers of other makes never say anything. */
  drain(of: StreamGroup, consumer: string): Promise<Draining>;
  /** What this Redis loses when it, or its machine, dies. */
  durability(): Promise<Durability>;
}

const day = 86_400_000;
const defaults: Keeping = { acknowledgedMs: 3_600_000, acknowledgedMost: 10_000, answerMs: 3_600_000, deadMost: 10_000, errorsMost: 1_000, consumerMs: 3_600_000, claimMs: 5_000 };

/** Opens no connection before its first call; close it by `await using`. */
export function streams(options: StreamsOptions): Streams {
  const { clock = systemClock, random = systemRandom, patienceMs = 10_000, mostBytes = 4 * 1024 * 1024, idempotencyMs = day } = options;
  const keeping = { ...defaults, ...options.keep };
  const redis = connect(options);
  redis.on('ready', () => options.onConnect?.());
  const answering = reader({ address: options, clock, random, count: 100 });
  const hearing = reader({ address: options, clock, random, count: 100 });
  const watching = reader({ address: options, clock, random, count: 1 });
  const doing = <T>(work: () => Promise<T>, call?: Call): Promise<T> => persist(work, { clock, patienceMs, signal: call?.signal });
  const telling = feed({ redis, reader: hearing, clock, random });
  const ringing = alarms(clock);
  const coming = answers({ redis, reader: answering, feed: telling, clock, alarms: ringing, patienceMs, read: readingEnds(redis) });

  return {
    declare: (of) => doing(() => declareGroup(redis, of)),
    async forget(of) {
      checked(of);
      await doing(() => deleteUser(redis, of));
      await doing(() => forgetGroup(redis, of));
    },
    pressure: (of, call) => doing(() => pressureOf(redis, of), call),
    tally: (of, call) => doing(() => tallyOf(redis, of), call),
    watch: (waits) => watch({ redis, reader: watching, clock, waits }),
    send: sender({ redis, clock, random, patienceMs, answerMs: keeping.answerMs, idempotencyMs, mostBytes, feed: telling }),
    answer: coming.last,
    answers: coming.all,
    messages: (of, query) => doing(() => listMessages(redis, of, query)),
    deadLetters: deadLetters(redis, doing, keeping.answerMs),
    tend: (of, care) => doing(() => tendGroup(redis, of, { ...keeping, ...care, clock })),
    user: (of, more) => doing(() => makeUser(redis, of, { ...more, random })),
    health: (of, more) => doing(() => askHealth(of, { redis, reader: answering, clock, random, ...more })),
    drain: (of, consumer) => doing(() => askToDrain(redis, of, consumer)),
    durability: () => doing(() => durabilityOf(redis)),
    async [Symbol.asyncDispose]() {
      telling.stop();
      ringing.stop();
      await Promise.all([answering, hearing, watching].map(async (each) => await each[Symbol.asyncDispose]()));
      redis.disconnect();
    },
  };
}
