import { createHash } from 'node:crypto';
import { type InstanceRef, NebError, type SnapshotRef } from '@neb/core-types';

/** The labels by which an engine's objects are known as ours. */
export const labels = { fleet: 'neb.fleet', key: 'neb.key', namespace: 'neb.namespace', gpus: 'neb.gpus' } as const;

/** A namespace of a fleet. */
export interface Scope {
  readonly fleet: string;
  readonly namespace: string;
}

/** The same for the same fleet and key, so that two creates with one key meet at the engine. */
export function containerName(fleet: string, key: string): string {
  return scoped(fleet, key);
}

export function networkName({ fleet, namespace }: Scope): string {
  return scoped(fleet, namespace);
}

export function volumeName({ fleet, namespace }: Scope, volume: string): string {
  return scoped(fleet, namespace, volume);
}

export interface Place {
  /** Which engine. */
  readonly host: string;
  /** The container's name there. */
  readonly name: string;
}

export function refOf({ host, name }: Place): InstanceRef {
  return `${host}/${name}` as InstanceRef;
}

export function snapshotRefOf({ host, name }: Place): SnapshotRef {
  return `${host}/${name}` as SnapshotRef;
}

/** Throws `not_found` for what neither `refOf` nor `snapshotRefOf` made. */
export function placeOf(ref: InstanceRef | SnapshotRef): Place {
  const at = ref.lastIndexOf('/');
  const place = { host: ref.slice(0, at), name: ref.slice(at + 1) };
  if (at < 1 || !place.name.startsWith('neb.')) throw new NebError('not_found', `"${ref}" is not an instance of a Docker Engine`);
  return place;
}

/** Joined by dots, which no part contains, so that different parts never give one name. */
function scoped(...parts: readonly string[]): string {
  return ['neb', ...parts.map(plain)].join('.');
}

function plain(part: string): string {
  if (/^[a-z0-9][a-z0-9-]*$/.test(part)) return part;
  const hash = createHash('sha256').update(part).digest('hex').slice(0, 12);
  return `${part.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-')}_${hash}`;
}
