import { isNebError, type Masker } from '@neb/core-types';
import createClient from 'openapi-fetch';
import type { z } from 'zod';
import { unreadable } from './errors.ts';
import type { components, operations, paths } from './openapi.ts';
import { type CpuType, cpuList, type GpuType, gpuList, type NetworkVolume, networkVolume, networkVolumeList, type Pod, pod, podList, type Registry, registry, registryList } from './replies.ts';

export type CreatePod = components['schemas']['CreatePodRequest'];
export type CreateNetworkVolume = components['schemas']['CreateNetworkVolumeRequest'];
export type CreateRegistry = components['schemas']['CreateRegistryRequest'];
export type LogQuery = NonNullable<operations['getPodLogs']['parameters']['query']>;
type Signal = AbortSignal | undefined;

/** The calls of RunPod's REST v2 that a provider needs, their replies checked. Every call ends, with its answer, a NebError or the signal's reason. */
export interface RunpodClient {
  listPods(signal: Signal): Promise<readonly Pod[]>;
  /** `undefined` where there is none. */
  getPod(id: string, signal: Signal): Promise<Pod | undefined>;
  /** Buys. Rejects with `uncertain` where it may have. */
  createPod(body: CreatePod, signal: Signal): Promise<Pod>;
  renamePod(id: string, name: string, signal: Signal): Promise<Pod>;
  act(id: string, action: 'start' | 'stop', signal: Signal): Promise<Pod>;
  /** Succeeds where there is none. */
  deletePod(id: string, signal: Signal): Promise<void>;
  /** The body of a stream of server-sent events, which goes on after the line with `lastEventId` where that is given. */
  logs(id: string, query: LogQuery, more: { readonly lastEventId?: string | undefined; readonly signal: Signal }): Promise<ReadableStream<Uint8Array>>;
  gpus(query: { readonly count: number; readonly cloud: 'SECURE' | 'COMMUNITY' }, signal: Signal): Promise<readonly GpuType[]>;
  cpus(signal: Signal): Promise<readonly CpuType[]>;
  listVolumes(signal: Signal): Promise<readonly NetworkVolume[]>;
  /** Buys. Rejects with `uncertain` where it may have. */
  createVolume(body: CreateNetworkVolume, signal: Signal): Promise<NetworkVolume>;
  /** Succeeds where there is none. */
  deleteVolume(id: string, signal: Signal): Promise<void>;
  listRegistries(signal: Signal): Promise<readonly Registry[]>;
  createRegistry(body: CreateRegistry, signal: Signal): Promise<Registry>;
  /** Succeeds where there is none. */
  deleteRegistry(id: string, signal: Signal): Promise<void>;
}

/** A client that sends by `send`, which rejects whatever is not a good answer. */
export function runpodClient({ baseUrl, send, redact }: { readonly baseUrl: string; readonly send: (request: Request) => Promise<Response>; readonly redact: Masker }): RunpodClient {
  const api = createClient<paths>({ baseUrl, fetch: send, querySerializer: { array: { style: 'form', explode: false } } });

  async function read<T>(schema: z.ZodType<T>, asked: Promise<{ readonly data?: unknown }>, buys = false): Promise<T> {
    const { data } = await asked;
    const parsed = schema.safeParse(data);
    if (parsed.success) return parsed.data;
    throw unreadable(JSON.stringify(data) ?? '', { buys }, redact);
  }

  const at = (id: string) => ({ path: { id } });
  const until = (signal: Signal) => ({ signal: signal ?? null });

  return {
    listPods: async (signal) => (await read(podList, api.GET('/v2/pods', until(signal)))).pods,
    getPod: (id, signal) => orNone(read(pod, api.GET('/v2/pods/{id}', { params: at(id), ...until(signal) }))),
    createPod: (body, signal) => read(pod, api.POST('/v2/pods', { body, ...until(signal) }), true),
    renamePod: (id, name, signal) => read(pod, api.PATCH('/v2/pods/{id}', { params: at(id), body: { name }, ...until(signal) })),
    act: (id, action, signal) => read(pod, api.POST('/v2/pods/{id}/action', { params: at(id), body: { action }, ...until(signal) })),
    async deletePod(id, signal) {
      await orNone(api.DELETE('/v2/pods/{id}', { params: at(id), ...until(signal) }));
    },
    async logs(id, query, { lastEventId, signal }) {
      const header = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId };
      const { response } = await api.GET('/v2/pods/{id}/logs', { params: { ...at(id), query, header }, ...until(signal), parseAs: 'stream' });
      if (response.body) return response.body;
      throw unreadable('', { buys: false }, redact);
    },
    gpus: async (query, signal) => (await read(gpuList, api.GET('/v2/catalog/gpus', { params: { query: { ...query, include: ['AVAILABILITY'], product: ['POD'] } }, ...until(signal) }))).gpus,
    cpus: async (signal) => (await read(cpuList, api.GET('/v2/catalog/cpus', { params: { query: { include: ['AVAILABILITY'], product: ['POD'] } }, ...until(signal) }))).cpus,
    listVolumes: async (signal) => (await read(networkVolumeList, api.GET('/v2/network-volumes', until(signal)))).networkVolumes,
    createVolume: (body, signal) => read(networkVolume, api.POST('/v2/network-volumes', { body, ...until(signal) }), true),
    async deleteVolume(id, signal) {
      await orNone(api.DELETE('/v2/network-volumes/{id}', { params: at(id), ...until(signal) }));
    },
    listRegistries: async (signal) => (await read(registryList, api.GET('/v2/registries', until(signal)))).registries,
    createRegistry: (body, signal) => read(registry, api.POST('/v2/registries', { body, ...until(signal) })),
    async deleteRegistry(id, signal) {
      await orNone(api.DELETE('/v2/registries/{id}', { params: at(id), ...until(signal) }));
    },
  };
}

async function orNone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isNebError(error, 'not_found')) return undefined;
    throw error;
  }
}
