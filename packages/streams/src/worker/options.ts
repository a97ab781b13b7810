import { type Clock, NebError, newId, type Random, type StreamGroup, systemClock, systemRandom } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { hostname } from 'node:os';
import type { RedisAddress } from '../connection.ts';
import type { Health } from '../health.ts';
import { checked } from '../keys.ts';
import type { Care } from '../tend.ts';

/** What a worker tells of itself, for a log. No message's content is in it. */
export type WorkerEvent =
  | { readonly is: 'failed'; readonly id: string; readonly attempt: number; readonly error: unknown; readonly againAfterMs: number | undefined }
  | { readonly is: 'lost'; readonly id: string; readonly attempt: number }
  | { readonly is: 'away'; readonly error: unknown }
  | { readonly is: 'back' };

export interface WorkerOptions {
  /** An environment as neb gives it to workers, such as `process.env`: REDIS_URL or REDIS_HOST and so on, REDIS_STREAM, REDIS_CONSUMER_GROUP, NEB_MAX_ATTEMPTS, NEB_VISIBILITY_MS. What is given beside it goes before. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly url?: string | undefined;
  /** A connection whose settings are taken over; it is not used itself. */
  readonly redis?: Redis | undefined;
  readonly stream?: string | undefined;
  readonly group?: string | undefined;
  /** Its name in the group, which no other worker has; REDIS_CONSUMER or its host, and something random, if absent. */
  readonly consumer?: string | undefined;
  /** Most messages that it works on at one time; 10 if absent. */
  readonly concurrency?: number | undefined;
  /** After how long without a word from it others take its messages; 60,000 if absent. While it lives it says so, however long a handler runs. */
  readonly visibilityMs?: number | undefined;
  /** How often a message is tried; 5 if absent. */
  readonly maxAttempts?: number | undefined;
  /** How long after a failure a message is tried again, at most `visibilityMs`; undefined to give it up at once. If absent, a second, doubled each time, and errors with `retryable: false` are given up. */
  readonly retry?: ((error: unknown, attempt: number) => number | undefined) | undefined;
  /** Once it aborts, the worker drains. */
  readonly signal?: AbortSignal | undefined;
  /** Signals of the process at which the worker drains; SIGTERM and SIGINT if absent. */
  readonly stopOn?: readonly NodeJS.Signals[] | undefined;
  /** What it answers to those who ask how it is; `ok` if absent. */
  readonly health?: (() => Health | Promise<Health>) | undefined;
  readonly onEvent?: ((event: WorkerEvent) => void) | undefined;
  /** How long answers are kept; 3,600,000 if absent. */
  readonly answerMs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** The options with nothing left open. */
export interface Settings extends Care {
  readonly address: RedisAddress;
  readonly of: StreamGroup;
  readonly consumer: string;
  /** By which it is asked to drain: its own, and the one that its container was given, since who asks may not have seen its own yet. */
  readonly names: readonly string[];
  readonly concurrency: number;
  readonly retry: (error: unknown, attempt: number) => number | undefined;
  readonly health: () => Health | Promise<Health>;
  readonly tell: (event: WorkerEvent) => void;
  readonly answerMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** Throws `invalid`, naming what is missing. */
export function settingsOf(options: WorkerOptions): Settings {
  const { env = {}, clock = systemClock, random = systemRandom } = options;
  const visibilityMs = options.visibilityMs ?? numberIn(env, 'NEB_VISIBILITY_MS') ?? 60_000;
  const stream = options.stream ?? env['REDIS_STREAM'];
  const group = options.group ?? env['REDIS_CONSUMER_GROUP'];
  if (stream === undefined) throw missing('stream', 'REDIS_STREAM');
  if (group === undefined) throw missing('group', 'REDIS_CONSUMER_GROUP');
  const given = env['REDIS_CONSUMER'];
  const consumer = options.consumer ?? `${given ?? hostname()}-${newId(random)}`;
  return {
    address: addressOf(options, env),
    of: checked({ stream, group }),
    consumer,
    names: given === undefined || given === consumer ? [consumer] : [consumer, given],
    concurrency: Math.max(1, options.concurrency ?? 10),
    visibilityMs,
    maxAttempts: options.maxAttempts ?? numberIn(env, 'NEB_MAX_ATTEMPTS') ?? 5,
    retry: options.retry ?? ((error, attempt) => pauseAfter(error, attempt)),
    health: options.health ?? (() => ({ status: 'ok' })),
    tell: options.onEvent ?? (() => undefined),
    answerMs: options.answerMs ?? 3_600_000,
    clock, random,
  };
}

function addressOf({ url, redis }: WorkerOptions, env: Readonly<Record<string, string | undefined>>): RedisAddress {
  if (redis) return { redis };
  const { REDIS_URL, REDIS_HOST, REDIS_PORT = '6379', REDIS_USERNAME = '', REDIS_PASSWORD = '' } = env;
  const given = url ?? REDIS_URL;
  if (given !== undefined) return { url: given };
  if (REDIS_HOST === undefined) throw missing('url', 'REDIS_URL');
  const who = REDIS_PASSWORD === '' ? '' : `${encodeURIComponent(REDIS_USERNAME)}:${encodeURIComponent(REDIS_PASSWORD)}@`;
  return { url: `redis://${who}${REDIS_HOST.includes(':') ? `[${REDIS_HOST}]` : REDIS_HOST}:${REDIS_PORT}` };
}

function missing(option: string, variable: string): NebError {
  return new NebError('invalid', `a worker needs ${option}`, { hint: `Give ${option}, or env with ${variable}; neb sets it in the containers of a processor.` });
}

function numberIn(env: Readonly<Record<string, string | undefined>>, name: string): number | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new NebError('invalid', `${name} must be a whole number above 0, not ${JSON.stringify(text)}`, { hint: `Correct ${name}.` });
}

const firstPauseMs = 1_000;

function pauseAfter(error: unknown, attempt: number): number | undefined {
  const { retryable, retryAfterMs } = (error ?? {}) as { readonly retryable?: unknown; readonly retryAfterMs?: unknown };
  if (retryable === false) return undefined;
  return typeof retryAfterMs === 'number' ? retryAfterMs : firstPauseMs * 2 ** (attempt - 1);
}
