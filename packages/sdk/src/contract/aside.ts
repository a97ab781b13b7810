import type { Caller, Container, SnapshotObject } from '@neb/core-types';
import type { Objects, Ref } from './services.ts';

/** What becomes of connections that are open when a container is saved: `close` by default. */
export type Connections = 'close' | 'keep';

export interface SuspendInput {
  readonly ref: Ref;
  readonly connections?: Connections | undefined;
}

/** Where a container is to go on: wherever it is cheapest that is elsewhere, if nothing is said. */
export interface MigrateInput extends SuspendInput {
  readonly platform?: string | undefined;
  readonly region?: string | undefined;
  /** Only where it costs less than now. */
  readonly cheapest?: boolean | undefined;
}

export interface CheckpointInput extends SuspendInput {
  /** Of the snapshot; made up if absent. */
  readonly name?: string | undefined;
  /** How long it is kept; 7d if absent. */
  readonly ttl?: string | undefined;
}

export interface ForkInput extends SuspendInput {
  /** Of the new container; of several each has a number behind it. */
  readonly name: string;
  /** How many; 1 if absent. */
  readonly count?: number | undefined;
  /** Where they are to go on; wherever the snapshot fits if absent, its origin's platform included. */
  readonly platform?: string | undefined;
}

/** One snapshot and who goes on from it. */
export interface Forked {
  readonly snapshot: SnapshotObject;
  readonly containers: readonly Container[];
}

/**
 * Putting containers aside and going on with them. Each writes down what is asked for and answers before it is done; what
 * cannot be is `unsupported` or `conflict`, said before anything stops.
 */
export interface AsideVerbs {
  suspend(who: Caller, input: SuspendInput): Promise<Container>;
  resume(who: Caller, ref: Ref): Promise<Container>;
  migrate(who: Caller, input: MigrateInput): Promise<Container>;
  /** Takes a snapshot of a container that runs on. */
  checkpoint(who: Caller, input: CheckpointInput): Promise<SnapshotObject>;
  fork(who: Caller, input: ForkInput): Promise<Forked>;
}

export interface ImportInput {
  readonly namespace: string;
  readonly name: string;
  /** How long it is kept; 7d if absent. */
  readonly ttl?: string | undefined;
}

export interface Snapshots extends Objects<SnapshotObject> {
  /** The snapshot as one file, for another server. */
  export(who: Caller, ref: Ref): Promise<AsyncIterable<Uint8Array>>;
  /** Takes in what `export` gave. Throws `invalid` for another file, and one that is not whole. */
  import(who: Caller, input: ImportInput, file: AsyncIterable<Uint8Array>): Promise<SnapshotObject>;
}
