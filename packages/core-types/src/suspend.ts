import type { Call, CreateRequest, Failure, Instance, InstanceRef, ListQuery } from './provider.ts';
import type { Offer } from './offer.ts';

/** Puts instances aside, to go on with them later, elsewhere, or more than once. */
export interface Suspend {
  /** `disk` keeps files; `memory` also keeps processes and device state. */
  readonly keeps: 'disk' | 'memory';
  /** Whether one snapshot can be restored more than once, under other keys. */
  readonly forks: boolean;

  /** Why `ref` cannot be saved so, in words for its owner; `undefined` if it can. Asking stops and writes nothing. */
  refusal(ref: InstanceRef, request: SaveRequest, call?: Call): Promise<string | undefined>;

  /** What a snapshot of it would need of a place to go on, which is asked before anything stops. Absent where only a snapshot tells. */
  origin?(ref: InstanceRef, call?: Call): Promise<SnapshotOrigin>;

  /**
   * Begins to put the instance aside, and returns once that is under way or done; `snapshot` tells how far it is. Repeating
   * the call with the same key never saves twice, also after the instance has gone on, and goes on where a crash cut it off.
   * A save that fails leaves the instance running. What would be refused rejects with `unsupported` or `conflict`, and stops nothing.
   */
  save(ref: InstanceRef, request: SaveRequest, call?: Call): Promise<Snapshot>;

  /** The snapshot as the platform has it now; `undefined` if it has none. */
  snapshot(ref: SnapshotRef, call?: Call): Promise<Snapshot | undefined>;

  /** Every snapshot this fleet made there, also those the caller has lost track of. */
  snapshots(query: ListQuery, call?: Call): AsyncIterable<Snapshot>;

  /** Removes it; succeeds if it is gone. One that is the suspended instance itself goes with that, and stays till then. */
  forget(ref: SnapshotRef, call?: Call): Promise<void>;

  /** Why `snapshot`, which may be another platform's, would not go on at `offer` (kernel, CPU, engine, image, accelerator), in words; `undefined` if it would. Changes nothing. */
  misfit(snapshot: Snapshot, offer: Offer, call?: Call): Promise<string | undefined>;

  /**
   * Begins to go on from the snapshot and returns as `create` does, by the same promises: idempotent by `request.key`, told by
   * `inspect`. With the key of the instance it was taken of, that instance goes on in its place; with another one it is a fork.
   * One that goes on already is left alone.
   */
  restore(ref: SnapshotRef, request: CreateRequest, call?: Call): Promise<Instance>;

  /** Present where snapshots can be taken out and brought in as files. */
  readonly archives?: Archives | undefined;
}

/** How an instance is put aside. */
export interface SaveRequest {
  /** Idempotency key, as of instances. */
  readonly key: string;
  readonly fleet: string;
  /** Afterwards the instance is `suspended` and holds no accelerator, or it goes on running. */
  readonly then: 'suspend' | 'run';
  /** `itself`: only the instance can go on from it, which is quickest. `any`: forks and other hosts can too. */
  readonly for: 'itself' | 'any';
  /** Established connections, `close` by default: peers then see them end, and open new ones. */
  readonly connections?: 'close' | 'keep' | undefined;
}

/** Snapshots as files. */
export interface Archives {
  /** The snapshot as a stream, such as a tar, with everything that another engine of the kind needs except the image. */
  read(ref: SnapshotRef, call?: Call): Promise<AsyncIterable<Uint8Array>>;
  /** Brings it in at `offer`'s host, and returns once it is under way or done. Idempotent by `key`; one that was cut off is begun anew. */
  write(archive: AsyncIterable<Uint8Array>, request: WriteRequest, call?: Call): Promise<Snapshot>;
}

/** What is brought in, and under which name to find it again. */
export interface WriteRequest {
  /** Idempotency key, as of instances. */
  readonly key: string;
  readonly fleet: string;
  readonly offer: Offer;
  /** The snapshot where it was taken. */
  readonly facts: Snapshot;
}

/** Opaque to everyone but the provider that made it; safe to store. */
export type SnapshotRef = string & { readonly __ref: 'snapshot' };

/** An instance put aside, as the platform shows it. */
export interface Snapshot {
  readonly ref: SnapshotRef;
  /** The `key` it was saved with: how one that is lost finds its owner. */
  readonly key: string;
  /** Key of the instance it was taken of. */
  readonly of: string;
  readonly state: 'saving' | 'ready' | 'failed';
  /** Which region of the platform has it, where the others go on from it only once it was brought there. */
  readonly region?: string | undefined;
  /** Why it is `failed`; the instance runs on. */
  readonly failure?: Failure | undefined;
  /** RFC 3339: what happened before it is in the snapshot. */
  readonly takenAt?: string | undefined;
  readonly keeps: 'disk' | 'memory';
  /** What it takes up. */
  readonly sizeBytes?: number | undefined;
  /** How much of it is saved. */
  readonly doneBytes?: number | undefined;
  /** What it needs of a place to go on. */
  readonly made: SnapshotOrigin;
}

/** Where a snapshot was taken. */
export interface SnapshotOrigin {
  /** Such as `podman 4.3.1, criu 4.2.1`. */
  readonly engine?: string | undefined;
  readonly kernel?: string | undefined;
  readonly arch?: string | undefined;
  /** A digest of the CPU's features. */
  readonly cpu?: string | undefined;
  /** What it had of accelerators, such as `1 x NVIDIA L4`. */
  readonly accelerator?: string | undefined;
  /** The version of their driver. */
  readonly driver?: string | undefined;
  /** Digest of the image. */
  readonly image?: string | undefined;
}
