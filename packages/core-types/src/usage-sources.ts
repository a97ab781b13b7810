import type { Meter } from './resources/container-parts.ts';
import type { UsageFact } from './resources/usage-fact.ts';
import type { RouteFact } from './routes.ts';
import type { Tally } from './streams.ts';

/** An attempt of a container as it was last seen, with what it is billed by. Times are RFC 3339. */
export interface SeenRun extends Pick<UsageFact, 'owner' | 'namespace' | 'object' | 'of' | 'labels' | 'platform' | 'region' | 'accelerator'> {
  /** The attempt's own: no other attempt has it, ever. */
  readonly key: string;
  readonly attempt: number;
  /** Goes up with every change of what is seen: a sight with a lower one is an older sight. */
  readonly version: number;
  /** When it became as it is seen. */
  readonly changedAt: string;
  /** What it was until a moment each, the oldest first: who learns of the run late finds when each began. None if absent. */
  readonly terms?: readonly { readonly until: string; readonly pricePerHour: string; readonly paused: boolean }[] | undefined;
  /** What the platform asks an hour now, in US dollars, once something is bought. */
  readonly pricePerHour: string;
  readonly bought: boolean;
  readonly intendedAt: string;
  /** From when the platform asks; from the intent on if absent. */
  readonly billedFrom?: string | undefined;
  /** Until when; until the end if absent. */
  readonly billedUntil?: string | undefined;
  /** It has ended, and something of it is still there, for which the platform asks on; false if absent. */
  readonly lingers?: boolean | undefined;
  readonly startedAt?: string | undefined;
  readonly endedAt?: string | undefined;
  /** It rests, and its owner is asked nothing for its time. */
  readonly paused: boolean;
  readonly meters: readonly Meter[];
}

/** Where runs are learnt of. */
export interface RunFeed {
  /** A place in the feed that stands for now. */
  cursor(): Promise<string>;
  /** Containers whose runs may have changed after a place. Ends when `signal` aborts; throws `expired` where the place is no longer kept. */
  changes(from: { readonly after: string; readonly signal: AbortSignal }): AsyncIterable<{ readonly cursor: string; readonly containerId: string }>;
  /** The runs of a container as they are now; none where it is forgotten. */
  runs(containerId: string): Promise<readonly SeenRun[]>;
  /** Every container that is not forgotten. */
  all(): AsyncIterable<string>;
}

/** A processor with what was counted of its messages at one moment. */
export interface SeenStream extends Pick<UsageFact, 'owner' | 'namespace' | 'object' | 'labels'> {
  readonly at: string;
  readonly tally: Tally;
  /** Those that count messages, as they are now. */
  readonly meters: readonly Meter[];
  /** It was not changed since it was created, so that its meters held from the first message on. */
  readonly unchanged: boolean;
}

/** Where it is learnt how many messages were handled. */
export interface StreamFeed {
  /** A place in the feed that stands for now. */
  cursor(): Promise<string>;
  /** Processors that may have handled more after a place, or were changed. Ends when `signal` aborts; throws `expired` where the place is no longer kept. */
  changes(from: { readonly after: string; readonly signal: AbortSignal }): AsyncIterable<{ readonly cursor: string; readonly processorId: string }>;
  /** A processor as it is now; `undefined` where it, or its stream, is not there. */
  seen(processorId: string): Promise<SeenStream | undefined>;
  /** Every processor. */
  all(): AsyncIterable<string>;
}

/** Where facts are read that a gateway counted. One may come again after a crash, with the same key. */
export interface FactFeed {
  /** What follows what was acknowledged, oldest first; empty where there is nothing new. */
  read(from?: { readonly limit?: number }): Promise<{
    readonly facts: readonly RouteFact[];
    /** How many could not be kept among these. */
    readonly dropped: number;
    /** Behind all of these; opaque. */
    readonly position: string;
  }>;
  /** Nothing before `position` is needed any more. */
  acknowledge(position: string): Promise<void>;
  /** Resolves once there may be something new, or when `signal` aborts. */
  news(signal: AbortSignal): Promise<void>;
}

/** What is known of an object that a gateway counted for; `undefined` where it is forgotten. */
export type UsageObject = Pick<UsageFact, 'labels' | 'of'> & { readonly name: string };
export type FindUsageObject = (ref: { readonly kind: RouteFact['kind']; readonly id: string }) => Promise<UsageObject | undefined>;
