import type { Snapshot, SnapshotRef, SnapshotStatus } from '@neb/core-types';
import { present } from '../present.ts';
import type { Resource } from '../store.ts';

/** A snapshot that is ready, as platforms are told of it. */
export function snapshotFacts({ id, status }: Pick<Resource<'Snapshot'>, 'id' | 'status'>): Snapshot {
  const { ref = '', of = '', keeps = 'memory', size_bytes: sizeBytes, taken_at: takenAt, made = {}, region } = status;
  return { ref: ref as SnapshotRef, key: snapshotKey(id), of, state: 'ready', keeps, made, ...(region !== undefined && { region }), ...(sizeBytes !== undefined && { sizeBytes }), ...(takenAt !== undefined && { takenAt }) };
}

/** Whether a snapshot of a platform is where it is to be gone on from, and need not be brought there first. Pure. */
export function isAt({ region }: Pick<Snapshot, 'region'>, from: string | undefined, to: { readonly platform: string; readonly region: string }): boolean {
  return from === to.platform && (region === undefined || region === to.region);
}

/** What a platform's snapshot says, as the status keeps it. */
export function seenFacts({ ref, keeps, sizeBytes, takenAt, made }: Snapshot): Partial<SnapshotStatus> {
  return present({ ref, keeps, size_bytes: sizeBytes, taken_at: takenAt, made: present({ ...made }) });
}

/** The idempotency key by which a platform knows a snapshot of ours. */
export function snapshotKey(id: string): string {
  return `snapshot-${id}`;
}

/** Whose key it is; `undefined` for those of suspended and moved containers, and of others. */
export function parseSnapshotKey(key: string): string | undefined {
  return /^snapshot-(.+)$/.exec(key)?.[1];
}

/** The key of a snapshot that was brought to where an attempt is to go on from it. */
export function broughtKey(attemptKey: string): string {
  return `${attemptKey}-brought`;
}

/** Which attempt it was brought for. */
export function parseBroughtKey(key: string): string | undefined {
  return /^(.+)-brought$/.exec(key)?.[1];
}
