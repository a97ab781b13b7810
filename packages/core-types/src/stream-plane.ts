import type { Call } from './provider.ts';
import type { EnvVar } from './resources/container-parts.ts';
import type { StreamGauge, StreamGroup } from './streams.ts';

/** Whose stream it is. */
export interface StreamOwner {
  /** The processor's. */
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly owner: string;
}

/** How long and how often a message is tried, and who lives that may be at it, running without a break for so long. */
export interface StreamCare {
  readonly maxAttempts: number;
  readonly visibilityMs: number;
  readonly live?: readonly { readonly name: string; readonly runsMs: number }[] | undefined;
}

/** The streams of processors, as far as whoever runs their workers needs them. What cannot be reached rejects with `unavailable`; with `elsewhere` in its details where it is for another server to reach. */
export interface StreamPlane extends StreamGauge {
  /** Why processors cannot be had here, and what to do; `undefined` when all is there. */
  missing(): string | undefined;
  /** The one platform from which workers reach the streams, or without one none, and why, and what to do; all reach them if absent. */
  readonly only?: { readonly platform?: string | undefined; readonly why: string } | undefined;
  /** What may happen to messages that were acknowledged to their sender, and what to set; `undefined` where they are safe. */
  caution?(call?: Call): Promise<string | undefined>;
  /** Once it resolves the stream, its group and its workers' login are there. Repeating it changes nothing. What workers need in their environment, without a secret in it. */
  prepare(of: StreamGroup, whose: StreamOwner, call?: Call): Promise<readonly EnvVar[]>;
  /**
   * Has messages that nobody works on taken by others, or given up after `maxAttempts`, and forgets what is over. To be called every few seconds
   * while there is work. Of `live` workers the names tell which consumers are theirs; what they are slow with stays with them for a while.
   */
  tend(of: StreamGroup, care: StreamCare, call?: Call): Promise<void>;
  /** Asks a worker to take no more messages: `drained` once it says that it holds none and takes none. One that never says so stays `asked`. */
  drain(of: StreamGroup, consumer: string, call?: Call): Promise<'asked' | 'drained'>;
  /** Removes the group with its login, and with the last group the stream and all that lies beside it. Succeeds where nothing is left. */
  forget(of: StreamGroup, whose: StreamOwner, call?: Call): Promise<void>;
}
