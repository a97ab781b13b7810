import type { CreateRequest } from '@neb/core-types';
import type { LaunchSteps, LaunchWorld } from '../launch/start.ts';
import type { ContainerDetail } from '../replies.ts';
import type { Shelf, SnapshotFacts } from './shelf.ts';

/** What a kind of engine knows how to do. Each of its verbs may be cut off, and repeated. */
export interface Driver {
  /** What tells this suspension of a container from every other; `undefined` where it is not suspended. */
  suspension(detail: ContainerDetail, signal?: AbortSignal): Promise<string | undefined>;
  /**
   * Saves, to where `facts` say, and leaves the container suspended or running as they say. Rejects with `conflict` where the container
   * had ended; whatever it rejects with, the container then runs if it ran before.
   */
  take(saving: Saving): Promise<Taken>;
  /** Has a suspended container go on in its place. */
  resume(name: string, facts: SnapshotFacts): Promise<void>;
  /** Makes the container that `request` asks for, or goes on making it, and has it go on from a snapshot. Leaves alone one that runs or ran. */
  bring(bringing: Bringing): Promise<void>;
  /** Takes away what of a snapshot is at the engine. */
  drop(name: string, facts: SnapshotFacts): Promise<void>;
  /** Takes away what the engine kept for containers that have gone since, of snapshots that were dropped before. */
  sweep(): Promise<void>;
  /** A snapshot that any can go on from as a stream. */
  read(name: string): Promise<AsyncIterable<Uint8Array>>;
  /** Puts such a stream where `bring` looks for it. After it, it is whole. */
  write(name: string, archive: AsyncIterable<Uint8Array>, progress: (doneBytes: number) => void): Promise<number>;
}

export interface Saving {
  /** The snapshot's. */
  readonly name: string;
  readonly facts: SnapshotFacts;
  readonly progress: (doneBytes: number) => void;
}

export interface Taken {
  readonly stamp: string | undefined;
  readonly sizeBytes: number | undefined;
}

export interface Bringing {
  /** The snapshot's. */
  readonly name: string;
  readonly facts: SnapshotFacts;
  readonly request: CreateRequest;
  readonly steps: LaunchSteps;
}

/** What a driver works with. */
export interface DriverWorld extends LaunchWorld {
  readonly shelf: Shelf;
  /** Whether the engine sees the files of this machine. */
  readonly sharesFiles: boolean;
}

/** Saving the memory of a large container takes minutes, in which an engine says nothing. */
export const saveMs = 3_600_000;
