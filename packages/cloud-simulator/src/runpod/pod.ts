import { timestamp } from '@neb/core-types';
import type { Published } from '../machinery.ts';
import type { PodLog } from './log.ts';
import type { CreatePod } from './requests.ts';

export type PodStatus = 'PROVISIONING' | 'STARTING' | 'RUNNING' | 'EXITED' | 'ERROR' | 'TERMINATED';
export type Action = 'start' | 'stop' | 'restart' | 'terminate';

/** A pod as the cloud keeps it. */
export interface Pod {
  readonly id: string;
  readonly request: CreatePod;
  readonly dataCenter: string | null;
  /** US dollars an hour while it runs. */
  readonly cost: number;
  /** What its container may use the API with, for itself alone. */
  readonly key: string;
  readonly createdAt: number;
  /** Lists do not show it before. */
  readonly listedFrom: number;
  readonly log: PodLog;
  /** Ends what is timed, once the pod is gone. */
  readonly gone: AbortController;
  name: string;
  env: Readonly<Record<string, string>>;
  status: PodStatus;
  startedAt: number | undefined;
  /** When its container last began. */
  containerSince: number | undefined;
  /** Where its ports are reached, while it runs. */
  published: Published;
  /** Counts starts and stops: what was timed for an earlier run no longer counts. */
  run: number;
}

/** What a pod may be told to do in each status. */
export const legal: Readonly<Record<PodStatus, readonly Action[]>> = {
  PROVISIONING: ['stop', 'terminate'], STARTING: ['stop', 'terminate'], RUNNING: ['stop', 'restart', 'terminate'],
  EXITED: ['start', 'terminate'], ERROR: ['start', 'terminate'], TERMINATED: [],
};

/** A pod as it goes over the wire at `now`. */
export function shown(pod: Pod, { now, memory }: { readonly now: number; readonly memory?: number | undefined }): object {
  const { id, request, status } = pod;
  const { gpu, cpu } = request;
  const runs = status === 'RUNNING';
  return {
    id, name: pod.name, status, actions: legal[status], image: request.image, args: request.args ?? '', disk: request.disk ?? 50, mounts: request.mounts,
    ports: request.ports ?? [], env: pod.env, registry: request.registry ?? null, cloud: request.cloud, dataCenterId: pod.dataCenter, cudaVersion: gpu ? '12.8' : null,
    ...(gpu && { gpu: { id: gpu.id, count: gpu.count } }), ...(cpu && { cpu: { ...cpu, memory: memory ?? 1 } }),
    ssh: { proxy: pod.startedAt === undefined ? null : endpoint({ host: 'ssh.runpod.io', port: 22, username: `${id}-64410000` }), direct: runs ? directly(pod) : null }, template: null, locked: false, globalNetworking: { enabled: false },
    cost: status === 'EXITED' || status === 'TERMINATED' ? 0 : pod.cost,
    runtime: runs ? { uptime: Math.floor((now - (pod.containerSince ?? now)) / 1_000), ports: mappedPorts(pod) } : null,
    createdAt: timestamp(pod.createdAt), startedAt: pod.startedAt === undefined ? null : timestamp(pod.startedAt),
  };
}

/** The TCP ports that a pod was to publish. */
export function tcpPorts({ ports = [] }: CreatePod): readonly number[] {
  return ports.map((text) => text.split('/')).flatMap(([port, type]) => (type === 'tcp' ? [Number(port)] : []));
}

function mappedPorts({ request, published }: Pod): readonly object[] {
  return (request.ports ?? []).map((text) => {
    const [number, type = 'tcp'] = text.split('/');
    const at = type === 'tcp' ? published.get(Number(number)) : undefined;
    return { private: Number(number), public: at?.port ?? null, type, ip: at?.ip ?? null };
  });
}

const sshPort = 22;

/** Null where port 22 is not published. */
function directly({ published }: Pod): object | null {
  const at = published.get(sshPort);
  return at ? endpoint({ host: at.ip, port: at.port, username: 'root' }) : null;
}

function endpoint({ host, port, username }: { readonly host: string; readonly port: number; readonly username: string }): object {
  return { host, port, username, command: `ssh ${username}@${host}${port === sshPort ? '' : ` -p ${port}`}` };
}
