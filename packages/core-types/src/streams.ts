import type { Call } from './provider.ts';

/** One processor's stream, and what holds of the messages in it. */
export interface StreamRef {
  readonly stream: string;
  /** The consumer group of its workers. */
  readonly group: string;
}

/** A stream as its workers leave it, at one moment. */
export interface Pressure {
  /** Messages that no worker has taken yet. */
  readonly backlog: number;
  /** Messages that workers hold and have not acknowledged. */
  readonly pending: number;
  /** Messages acknowledged so far: only grows, and begins anew where Redis lost its memory. */
  readonly acknowledged: number;
  /** How long the oldest message has waited or been worked on, in milliseconds. */
  readonly oldestMs?: number | undefined;
  /** Whoever read from the group, and how many messages it holds. */
  readonly consumers: readonly { readonly name: string; readonly pending: number; readonly idleMs: number }[];
}

/** The streams that processors' workers work off, for whoever decides how many workers there are. Rejects with `unavailable` where they cannot be reached. */
export interface Streams {
  /** Makes the stream, its group and what its workers log in with, where they are not there. Repeating it changes nothing. */
  declare(of: StreamRef & { readonly processorId: string; readonly namespace: string }, call?: Call): Promise<void>;
  /** Rejects with `not_found` where the group is gone. */
  pressure(of: StreamRef, call?: Call): Promise<Pressure>;
  /** Moves what was tried too often, by workers that tell nobody, to the dead letters; how many. */
  reap(of: StreamRef & { readonly maxAttempts: number; readonly visibilityMs: number }, call?: Call): Promise<number>;
  /** Asks a worker to take no more messages. `drained` once it said that it holds none, and `asked` for one that has not said so. */
  drain(of: StreamRef & { readonly consumer: string }, call?: Call): Promise<'asked' | 'drained'>;
  /**
   * Tells each of these streams that has a message nobody has taken, as soon as it has one and then no more, until `signal`
   * aborts. Nothing that is sent between two watches is missed.
   */
  waiting(watched: readonly StreamRef[], signal: AbortSignal): AsyncIterable<string>;
  /** Removes the stream, everything that belongs to it, and its workers' login. Succeeds where nothing is left. */
  forget(of: StreamRef & { readonly processorId: string; readonly namespace: string }, call?: Call): Promise<void>;
  /** The environment of its workers, their password with it: never to be written down. */
  environment(of: StreamRef & { readonly processorId: string; readonly namespace: string; readonly consumer: string }, call?: Call): Promise<Readonly<Record<string, string>>>;
  /** Why processors cannot be had, and what to do; `undefined` when all is there. */
  missing(): string | undefined;
}
