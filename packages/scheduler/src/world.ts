import type { Backoff, Clock, Provider, Quota, Random, StreamPlane, TrafficPlane } from '@neb/core-types';
import { type Experience, usualRest } from './placement/experience.ts';
import type { PriceLooks } from './policies/weigh-move.ts';
import type { Standstill } from './standstill.ts';
import type { Change, Resource, Store } from './store.ts';
import type { PassReport } from './work/controller.ts';
import type { WorkQueue } from './work/work-queue.ts';

/** The kinds that have a control loop. */
export type Controlled = 'Container' | 'Namespace' | 'Processor' | 'Service' | 'Snapshot';

/** Everything the scheduler touches, so that whoever starts it decides what that is. */
export interface World {
  readonly store: Store;
  readonly queues: { readonly [K in Controlled]: WorkQueue };
  /** The streams that processors' workers work off; without them processors say that they are missing. */
  readonly streams?: StreamPlane | undefined;
  /** The gateways in front of services; without them services say that they are missing. */
  readonly traffic?: TrafficPlane | undefined;
  /** What every owner may take to whom nothing else was given; everything if absent. */
  readonly ownerQuota?: Quota | undefined;
  /** Snapshots as files, by their digest; without it none is imported. */
  readonly archives?: ArchiveReader | undefined;
  /** What may be spent; everything if absent. */
  readonly budgets?: SpendingBounds | undefined;
  /** Where prices tie, the first comes first. */
  readonly providers: readonly Provider[];
  readonly secrets: SecretReader;
  readonly clock: Clock;
  readonly random: Random;
  readonly launch: LaunchDefaults;
  /** What launches taught, shared with whoever explains placement; the scheduler's own if absent. */
  readonly experience?: Experience | undefined;
  /** Since when other places are cheaper, shared with whoever explains moves; the scheduler's own if absent. */
  readonly priceLooks?: PriceLooks | undefined;
  /** While it lasts, services and processors are not looked at: what they lack is not replaced. */
  readonly standstill?: Standstill | undefined;
  readonly tuning?: Partial<Tuning> | undefined;
  readonly observer?: Observer | undefined;
}

export interface SecretReader {
  /** The value in plain. Throws `not_found` where there is no such secret, and `expired` past its time, with `expiresAt` in its details. */
  open(namespace: string, name: string): Promise<string>;
  /**
   * Every value that a container may have got from the secret, as far as it is known here: the one it has, past its time
   * or not, and earlier ones that were opened by this process. For masking only. None where there is no such secret.
   */
  known(namespace: string, name: string): Promise<readonly string[]>;
}

/** What budgets say before anything is spent. */
export interface SpendingBounds {
  /**
   * What has to hold when a container is written that may start at this price: it goes into the same commit. `reserved` is
   * what to write of it into its status. Throws `quota`, with `budget` in its details, where nothing that costs may start.
   * `goesOn` is for what runs already: what asks for no more than it has is in nobody's way.
   */
  reserve(container: Resource<'Container'>, pricePerHour: string, how?: { readonly goesOn?: boolean }): Promise<Reservation>;
  /** Whether the containers of an owner's processors and services are to be as few as they may. */
  atMinimum(of: Pick<Resource, 'owner' | 'namespace'>): Promise<boolean>;
}

/** Files of snapshots. */
export interface ArchiveReader {
  /** Rejects with `not_found` where there is none, and fails where the content is not what its digest says. */
  read(digest: string): Promise<AsyncIterable<Uint8Array>>;
}

export interface Reservation {
  readonly changes: readonly Change[];
  readonly reserved: Readonly<Record<string, string>> | undefined;
}

export interface LaunchDefaults {
  /** The image of containers that name none. */
  readonly image: string;
  /** Environment every container gets, such as where the API is. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** What metrics and logs are made from. Called as things happen; must not throw. */
export interface Observer {
  onPass?(kind: Controlled, report: PassReport): void;
  onAttempt?(fact: AttemptFact): void;
  onSweep?(fact: SweepFact): void;
  /** Something that could not be reached, and is tried again. */
  onTrouble?(where: string, error: unknown): void;
}

/** A turn in an attempt's life: `failed` never ran, `ended` did. `ms` is since it was intended, or for `ended` since it ran. */
export interface AttemptFact {
  readonly what: 'intended' | 'started' | 'failed' | 'ended';
  readonly containerId: string;
  readonly platform: string;
  readonly ms: number;
  readonly reason?: string | undefined;
}

/** What a sweep of one platform came to. */
export interface SweepFact {
  readonly platform: string;
  readonly seen: number;
  readonly deleted: number;
  readonly woken: number;
  /** Instances nobody owns that may yet find an owner. */
  readonly suspects: number;
}

export interface Tuning {
  /** Between runs of a container that is restarted; 10 s doubling to 5 min. */
  readonly restart: Backoff;
  /** A run this long starts the doubling anew; 10 min. */
  readonly restartResetMs: number;
  /** Between launches that fail for a reason that may pass; 2 s doubling to 5 min. */
  readonly relaunch: Backoff;
  /** Between tries while something is in the way; 1 s growing to 15 s. */
  readonly stall: Backoff;
  /** How long one attempt is asked for again and again before another takes its place; 10 min. */
  readonly launchBudgetMs: number;
  /** How long a `lookup` platform may not show what it has created; 30 s. */
  readonly settleMs: number;
  /** Between sweeps of a platform that can be watched; 60 s. */
  readonly sweepEveryMs: number;
  /** Between sweeps of one that cannot, where sweeps are what tells of an end; 10 s. */
  readonly sweepUnwatchedMs: number;
  /** How long an instance without an owner is let be; 30 s. */
  readonly orphanGraceMs: number;
  /** How long what is over is remembered; 7 days. */
  readonly retentionMs: number;
  /** How long a platform's offers are believed; 5 s. */
  readonly marketMs: number;
  /** The same for containers that have waited already; 30 s, and longer where they want many different things. */
  readonly patientMs: number;
  /** Between looks of a container that waits for a place; 1 s growing to 30 s. */
  readonly wait: Backoff;
  /** How long a platform that would not run a container is not asked for it again; 1 h. */
  readonly refusedMs: number;
  /** Passes at once, for each kind; 32. */
  readonly workers: number;
  /** How long a pass may take; 30 s. */
  readonly passTimeoutMs: number;
  /** How long passes under way may go on once the scheduler is told to stop; 10 s. */
  readonly drainMs: number;
}

const defaults: Tuning = {
  restart: { firstMs: 10_000, maxMs: 300_000 },
  restartResetMs: 600_000,
  relaunch: usualRest,
  stall: { firstMs: 1_000, maxMs: 15_000 },
  launchBudgetMs: 600_000,
  settleMs: 30_000,
  sweepEveryMs: 60_000,
  sweepUnwatchedMs: 10_000,
  orphanGraceMs: 30_000,
  retentionMs: 7 * 86_400_000,
  marketMs: 5_000,
  patientMs: 30_000,
  wait: { firstMs: 1_000, maxMs: 30_000 },
  refusedMs: 3_600_000,
  workers: 32,
  passTimeoutMs: 30_000,
  drainMs: 10_000,
};

/** The world's tuning with every default filled in. */
export function tuned(tuning: Partial<Tuning> | undefined): Tuning {
  return { ...defaults, ...tuning };
}
