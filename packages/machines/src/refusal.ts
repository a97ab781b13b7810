import type { LaunchSpec } from '@neb/core-types';
import type { Machines } from './machines.ts';

/** Why machines that come and go cannot run `spec`, in words for its author; `undefined` if they can. */
export function refusalFor(spec: LaunchSpec, { disks }: Pick<Machines, 'disks'>): string | undefined {
  if (spec.volumes.some(({ kind }) => kind === 'host')) return 'a machine that is made for the container has no files of yours: leave out volumes that are paths of the host';
  if (spec.volumes.length > 0 && !disks) return 'named volumes would end with the machine that is made for the container: leave them out, or choose another platform';
  const odd = spec.volumes.find((volume) => volume.kind === 'named' && !/^[a-z0-9][a-z0-9._-]*$/i.test(volume.name));
  if (odd?.kind === 'named') return `"${odd.name}" cannot name a volume: use letters, digits, "-", "_" and "."`;
  if (spec.ports.some((port) => port.public)) return 'its machines open no ports to the outside: leave out public ports, and reach the container by `neb port-forward`';
  if ((spec.secretFiles ?? []).length > 0) return 'it cannot hand over secret_files that are in memory only; take them as environment';
  return undefined;
}
