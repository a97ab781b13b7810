import { createHash } from 'node:crypto';
import { NebError } from '@neb/core-types';
import type { DiskName, Machine } from '@neb/machines';

/** The tags by which a machine is known as ours. */
export const tags = { fleet: 'neb.fleet', key: 'neb.key', volume: 'neb.volume', aside: 'neb.aside' } as const;

/** Whose a machine is. */
export interface Owner {
  readonly fleet: string;
  readonly key: string;
}

/** Where a machine is. */
export interface Place {
  readonly region: string;
  readonly instanceId: string;
}

export function machineId({ region, instanceId }: Place): string {
  return `${region}/${instanceId}`;
}

/** Throws `not_found` for what `machineId` did not make. */
export function placeOf(id: string): Place {
  const [, region, instanceId] = /^([a-z0-9-]+)\/(i-[0-9a-f]+)$/.exec(id) ?? [];
  if (region === undefined || instanceId === undefined) throw new NebError('not_found', `"${id}" is not a machine of EC2`);
  return { region, instanceId };
}

/** EC2's idempotency token of a purchase: with another zone it is another one, since a token goes with all that is asked. */
export function clientToken({ fleet, key }: Owner, zone: string): string {
  return createHash('sha256').update(JSON.stringify(['neb', fleet, key, zone])).digest('hex');
}

/** EC2's idempotency token of a volume's purchase. */
export function volumeToken({ fleet, namespace, volume }: DiskName, zone: string): string {
  return createHash('sha256').update(JSON.stringify(['neb volume', fleet, namespace, volume, zone])).digest('hex');
}

/** What the tag `neb.aside` says of a machine: by which key it was stopped, and in which boot. */
export function asideTag({ key, bootedAt }: NonNullable<Machine['aside']>): string {
  return `${key} ${bootedAt}`;
}

/** What such a tag says; `undefined` for any other text. */
export function asideIn(tag: string): Machine['aside'] {
  const [, key, bootedAt] = /^([a-z0-9-]+) (\S+)$/.exec(tag) ?? [];
  return key === undefined || bootedAt === undefined ? undefined : { key, bootedAt };
}

/** The name of the fleet's security group, and of its key pair, where `of` tells one key from another. */
export function fleetName(fleet: string, of?: string): string {
  return of === undefined ? `neb-${fleet}` : `neb-${fleet}-${createHash('sha256').update(of).digest('hex').slice(0, 12)}`;
}
