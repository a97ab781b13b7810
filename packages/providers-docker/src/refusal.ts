import type { LaunchSpec } from '@neb/core-types';

/** Why an engine will not be asked to run `spec`, in words for its author; `undefined` if it will. */
export function refusalFor(spec: LaunchSpec, allowHostPaths: boolean): string | undefined {
  if (spec.image.trim() === '') return 'image is empty; name the image to run';
  for (const volume of spec.volumes) {
    if (volume.kind === 'host' && !allowHostPaths) return `volume ${volume.path} is a path of the host, which only an administrator may allow; use a named volume`;
    if (!volume.mount.startsWith('/')) return `volume mount "${volume.mount}" is not an absolute path; write /${volume.mount}`;
    if (volume.kind === 'host' && !volume.path.startsWith('/')) return `volume path "${volume.path}" is not an absolute path of the host`;
  }
  const mounts = [...spec.volumes.map(({ mount }) => mount), ...(spec.secretFiles ?? []).map(({ path }) => path)];
  const twice = mounts.find((mount, at) => mounts.indexOf(mount) !== at);
  if (twice !== undefined) return `two ${spec.secretFiles ? 'volumes or secret files' : 'volumes'} are mounted at ${twice}; give each a mount of its own`;
  return undefined;
}
