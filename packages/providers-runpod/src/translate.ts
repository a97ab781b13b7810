import { type CreateRequest, type Failure, type Instance, NebError, type PublishedPort } from '@neb/core-types';
import type { Keyring } from '@neb/ssh';
import type { CreatePod } from './client.ts';
import { markIn, podName, refOf, variables } from './names.ts';
import { articleOf } from './offer-id.ts';
import { priceOf } from './offers.ts';
import type { Pod } from './replies.ts';
import { sshPort, sshScript } from './exec/ssh-script.ts';
import { commandOf } from './wrapper.ts';

/** What a pod gets besides what its spec says. */
export interface Placement {
  readonly baseUrl: string;
  readonly diskGB: number;
  /** Of the disk at `/workspace` that outlives a stop; none if absent. */
  readonly workspaceGB?: number | undefined;
  /** The network volume to mount, and where. */
  readonly volume?: { readonly volumeId: string; readonly path: string } | undefined;
  /** The credential to pull the image with. */
  readonly registry?: string | undefined;
  /** What its SSH server is set up with; none if absent. */
  readonly keys?: Keyring | undefined;
}

/** What to send to `POST /v2/pods`. */
export function createBody({ fleet, key, offer, spec }: CreateRequest, { baseUrl, diskGB, workspaceGB, volume, registry, keys }: Placement): CreatePod {
  const { kind, type, count, cloud, spot, dataCenter } = articleOf(offer);
  // Where the container has a port of that number, whatever listens there is its own.
  const entered = keys && !spec.ports.some(({ port }) => port === sshPort) ? sshScript({ user: keys.user(fleet), host: keys.host({ fleet, key }) }) : undefined;
  const { args, env } = commandOf(spec, baseUrl, entered);
  const published = spec.ports.filter((port) => port.public).map(({ port, protocol }) => `${port}/${protocol}`);
  const ports = [...published, ...(env[variables.ssh] === undefined ? [] : [`${sshPort}/tcp`])];
  const persistent = workspaceGB !== undefined && kind === 'gpu' ? { size: workspaceGB, path: '/workspace' } : undefined;
  return {
    name: podName({ fleet, key }),
    image: spec.image,
    ...(kind === 'gpu' ? { gpu: { id: type, count } } : { cpu: { id: type, vcpuCount: count } }),
    cloud,
    ...(dataCenter !== undefined && { dataCenterIds: [dataCenter] }),
    ...(args !== undefined && { args }),
    env: { ...spec.env, ...env, [variables.key]: key, [variables.fleet]: fleet, ...(spot && { [variables.spot]: '1' }) },
    disk: diskGB,
    ...(ports.length > 0 && { ports }),
    ...(volume ? { mounts: { network: [volume] } } : persistent && { mounts: { persistent } }),
    ...(registry !== undefined && { registry }),
  };
}

/** What a pod's status does not tell, found out by other means. */
export interface Findings {
  readonly exitCode?: number | undefined;
  readonly failure?: Failure | undefined;
  /** Whether its command ended and RunPod started it again. */
  readonly restarted?: boolean | undefined;
  /** Whether it could not be found out now and may be later. */
  readonly unsure?: boolean | undefined;
}

/** A pod as the contract shows it. */
export function instanceOf(pod: Pod, { exitCode, failure, restarted, unsure }: Findings = {}): Instance {
  const mark = markIn(pod.name);
  const price = pod.cost === undefined ? undefined : priceOf(pod.cost, 1);
  const base = { ref: refOf(pod.id), key: pod.env[variables.key] ?? '', ...(pod.createdAt !== '' && { createdAt: pod.createdAt }), ...(pod.startedAt && { startedAt: pod.startedAt }), ...(price !== undefined && { pricePerHour: price }) };
  // Told by the pod itself: it may not be stopped yet.
  if (mark.kind === 'exit') return { ...base, state: 'exited', exitCode: mark.exitCode };
  if (exitCode !== undefined) return { ...base, state: 'exited', exitCode };
  if (restarted) return { ...base, state: 'exited', reason: 'Restarted' };
  if (failure) return { ...base, state: 'failed', failure };
  switch (pod.status) {
    case 'PROVISIONING': return { ...base, state: 'pending', progress: { phase: 'provisioning' } };
    case 'STARTING': return { ...base, state: 'pending', progress: { phase: 'starting' } };
    case 'RUNNING': return { ...base, state: 'running', ports: portsOf(pod) };
    case 'EXITED':
      if (unsure) return { ...base, state: 'unknown' };
      return mark.kind === 'suspended' ? { ...base, state: 'suspended' } : { ...base, state: 'exited', reason: isSpot(pod) ? interrupted : 'Stopped' };
    case 'ERROR': return { ...base, state: 'failed', failure: { code: 'failed', message: `RunPod could not run ${pod.image} and does not say why` } };
    default: return { ...base, state: 'unknown' };
  }
}

/** Why a spot pod is at its end where its command is not: RunPod took its machine. */
export const interrupted = 'Interrupted';

/** Whether it was bought as one that may be interrupted, which REST v2 does not tell. */
export function isSpot({ env }: Pick<Pod, 'env'>): boolean {
  return env[variables.spot] !== undefined;
}

/** Whether it is still in a list, but no more than that. */
export function isGone({ status }: Pod): boolean {
  return status === 'TERMINATED';
}

/** Whether its command runs. It may have told its end before RunPod has stopped the pod. */
export function isRunning({ status, name }: Pod): boolean {
  return status === 'RUNNING' && markIn(name).kind !== 'exit';
}

/** Throws `not_found`. */
export function present(pod: Pod | undefined, ref: string): Pod {
  if (pod && !isGone(pod)) return pod;
  throw new NebError('not_found', `RunPod has no pod ${ref}`);
}

/** Those of the container: not the one by which we enter. */
export function portsOf({ runtime, env }: Pod): readonly PublishedPort[] {
  const ours = env[variables.ssh] === undefined ? undefined : sshPort;
  return (runtime?.ports ?? []).flatMap(({ private: port, public: hostPort, type, ip }) =>
    (port !== ours && type === 'tcp' && typeof hostPort === 'number' && typeof ip === 'string' ? [{ port, protocol: type, hostAddress: ip, hostPort } as const] : []));
}
