import { type Call, type CreateRequest, type LaunchSpec, NebError } from '@neb/core-types';
import type { Mount } from './access.ts';
import type { DiskName, Machines } from './machines.ts';

/** The disks of a container's named volumes, in the order of these. */
export function disksOf({ fleet, spec }: Pick<CreateRequest, 'fleet' | 'spec'>): readonly DiskName[] {
  const names = spec.volumes.flatMap((volume) => (volume.kind === 'named' ? [volume.name] : []));
  return [...new Set(names)].map((volume) => ({ fleet, namespace: spec.network.namespace, volume }));
}

/** The spec with its named volumes as folders of the machine. */
export function onDisks(spec: LaunchSpec): LaunchSpec {
  return { ...spec, volumes: spec.volumes.map((volume) => (volume.kind === 'named' ? { kind: 'host', path: folderOf(volume.name), mount: volume.mount } : volume)) };
}

/** Attaches the container's disks to its machine, and mounts them with `mount`. Repeating it changes nothing. */
export async function attachDisks({ disks }: Machines, { request, machineId, mount }: { readonly request: CreateRequest; readonly machineId: string; readonly mount: (mount: Mount, call?: Call) => Promise<void> }, call: Call): Promise<void> {
  for (const disk of disksOf(request)) {
    if (!disks) throw new NebError('unsupported', `the cloud of machine ${machineId} has no disks for volumes`);
    const device = await disks.attach(machineId, disk, call);
    await mount({ device, folder: folderOf(disk.volume) }, call);
  }
}

function folderOf(volume: string): string {
  return `/mnt/neb/${volume}`;
}
