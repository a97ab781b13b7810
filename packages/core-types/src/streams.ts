import type { Call } from './provider.ts';

/** A Redis stream, and the consumer group that works it off. */
export interface StreamGroup {
  readonly stream: string;
  readonly group: string;
}

/** What waits in a stream, and who works on it, at one moment. */
export interface Pressure {
  /** Messages that nobody has taken yet. */
  readonly backlog: number;
  /** False where `backlog` is an estimate, from above: it could only have been counted at a cost. */
  readonly exact: boolean;
  /** Messages that were taken and not acknowledged yet: a worker that holds one is busy, whatever `backlog` says. */
  readonly pending: number;
  /** Messages acknowledged so far. Only its growth between two samples means anything; where it shrinks, read nothing. */
  readonly acknowledged: number;
  /** Age of the oldest message that nobody has taken. */
  readonly oldestWaitingMs?: number | undefined;
  /** Age of the oldest message that was taken and not acknowledged. */
  readonly oldestPendingMs?: number | undefined;
  readonly consumers: readonly StreamConsumer[];
}

export interface StreamConsumer {
  readonly name: string;
  /** Messages that it holds. */
  readonly pending: number;
  /** Since it last asked for messages or touched one. */
  readonly idleMs: number;
}

/** Tells once for each stream that was added that a message waits in it. */
export interface StreamWatch extends AsyncDisposable {
  /** From here on the first message that waits, or one that waits already, is told once. Adding what is watched changes nothing. */
  add(of: StreamGroup): void;
  /** What is not told yet stays untold. */
  remove(of: StreamGroup): void;
}

/** How many messages workers of a group have handled, each counted once, whoever works and however often it is tried. */
export interface Tally {
  /** Of the count: another one where the group, or its Redis, was lost and made anew. */
  readonly epoch: string;
  /** Where Redis lost its last writes it may be less than it was. */
  readonly handled: number;
}

/** What an autoscaler needs to know of streams. */
export interface StreamGauge {
  /** One sample each, in the order asked; `undefined` where there is no such stream or group. Throws `unavailable` where Redis is away. */
  pressure(of: readonly StreamGroup[], call?: Call): Promise<readonly (Pressure | undefined)[]>;
  /** Watches any number of streams over one connection, and outlives Redis: what came while it was away is told once it is back. */
  watch(waits: (of: StreamGroup) => void): StreamWatch;
}
