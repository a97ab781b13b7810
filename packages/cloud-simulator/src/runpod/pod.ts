import { timestamp } from '@neb/core-types';
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
    ssh: { proxy: null, direct: null }, template: null, locked: false, globalNetworking: { enabled: false },
    cost: status === 'EXITED' || status === 'TERMINATED' ? 0 : pod.cost,
    runtime: runs ? { uptime: Math.floor((now - (pod.containerSince ?? now)) / 1_000), ports: mappedPorts(request) } : null,
    createdAt: timestamp(pod.createdAt), startedAt: pod.startedAt === undefined ? null : timestamp(pod.startedAt),
  };
}

function mappedPorts({ ports = [] }: CreatePod): readonly object[] {
  return ports.map((text, at) => {
    const [port, type = 'tcp'] = text.split('/');
    return type === 'tcp' ? { private: Number(port), public: 30_000 + at, type, ip: '192.0.2.7' } : { private: Number(port), public: null, type, ip: null };
  });
}
