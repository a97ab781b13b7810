import type { LaunchSpec } from '@neb/core-types';

/** Why machines that come and go cannot run `spec`, in words for its author; `undefined` if they can. */
export function refusalFor(spec: LaunchSpec): string | undefined {
  if (spec.volumes.some(({ kind }) => kind === 'host')) return 'a machine that is made for the container has no files of yours: leave out volumes that are paths of the host';
  if (spec.volumes.length > 0) return 'named volumes would end with the machine that is made for the container: leave them out, or choose another platform';
  if (spec.ports.some((port) => port.public)) return 'its machines open no ports to the outside: leave out public ports, and reach the container by `neb port-forward`';
  if ((spec.secretFiles ?? []).length > 0) return 'it cannot hand over secret_files that are in memory only; take them as environment';
  return undefined;
}
