import type { LaunchSpec } from '@neb/core-types';
import { variables } from './names.ts';

/** RunPod's limit for a pod. */
const mostVariables = 50;

/** Why RunPod cannot run `spec`, in words for its author; `undefined` if it can. */
export function refusalFor({ image, volumes, ports, env }: LaunchSpec): string | undefined {
  if (image.trim() === '') return 'image is empty; name the image to run';
  return ofVolumes(volumes) ?? ofPorts(ports) ?? ofEnvironment(env);
}

function ofVolumes(volumes: LaunchSpec['volumes']): string | undefined {
  if (volumes.length > 1) return `RunPod mounts one volume into a container, and this one asks for ${volumes.length}; put them into one`;
  const [volume] = volumes;
  if (volume?.kind === 'host') return `volume ${volume.path} is a path of the host, and RunPod's hosts have none to share; use a named volume`;
  if (volume && !volume.mount.startsWith('/')) return `volume mount "${volume.mount}" is not an absolute path; write /${volume.mount}`;
  return undefined;
}

function ofPorts(ports: LaunchSpec['ports']): string | undefined {
  for (const { port, protocol, public: isPublic, hostPort } of ports) {
    if (isPublic && protocol === 'udp') return `port ${port} is UDP, which RunPod does not carry; use TCP`;
    if (hostPort !== undefined) return `port ${port} asks for ${hostPort} of the host, and RunPod chooses that itself; leave it out`;
  }
  return undefined;
}

function ofEnvironment(env: LaunchSpec['env']): string | undefined {
  const names = Object.keys(env);
  const ours: readonly string[] = Object.values(variables);
  const taken = names.find((name) => ours.includes(name));
  if (taken !== undefined) return `env ${taken} is how neb knows its pods on RunPod; give the variable another name`;
  const most = mostVariables - ours.length;
  return names.length > most ? `env has ${names.length} variables, and RunPod has room for ${most}; put them into fewer` : undefined;
}
