import { type Clock, newId, type Random } from '@neb/core-types';
import type { Fault, Faults, Occasion } from '../faults.ts';
import type { Machinery, MachineEvent, Published, Workload } from '../machinery.ts';
import type { Catalogue } from './catalogue.ts';
import { podLog } from './log.ts';
import { type Action, legal, type Pod, tcpPorts } from './pod.ts';
import { noInstances, Problem } from './problem.ts';
import type { CreatePod } from './requests.ts';
import type { Registry, Volume } from './routes.ts';
import type { Shelf } from './shelf.ts';

/** Every pod of the account, and what may be done to them. */
export interface Pods {
  /** Buys one. Throws a problem where that is refused. */
  create(request: CreatePod, spot?: { readonly bidPerGpu: number }): Pod;
  /** Throws a 404. */
  need(id: string): Pod;
  /** Those that a list shows now. */
  listed(): readonly Pod[];
  /** All there are, shown or not. */
  all(): readonly Pod[];
  act(pod: Pod, action: Action): Promise<void>;
  /** Takes a pod away at once, as a broken machine does. */
  vanish(id: string): void;
}

/** What the pods stand on. */
export interface PodsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly faults: Faults;
  readonly machinery: Machinery;
  readonly catalogue: Catalogue;
  readonly registries: Pick<Shelf<Registry>, 'get'>;
  readonly volumes: Pick<Shelf<Volume>, 'get'>;
}

const provisionMs = 1_000;
/** How soon a container that ended is started again. */
const restartMs = 1_000;

export function pods(options: PodsOptions): Pods {
  const { clock, random, faults, machinery, catalogue, registries, volumes } = options;
  const byId = new Map<string, Pod>();

  function create(request: CreatePod, spot?: { readonly bidPerGpu: number }): Pod {
    const occasion = { operation: spot ? 'podRentInterruptable' : 'createPod', accelerator: request.gpu?.id ?? request.cpu?.id };
    if (!request.gpu === !request.cpu) throw new Problem(400, 'exactly one of gpu or cpu must be set');
    if (faults.take('empty_wallet', occasion)) throw new Problem(402, 'Your account balance is too low to create this pod. Please add funds.');
    const dataCenter = place(request, occasion);
    const made = add(request, { dataCenter, occasion, spot });
    if (faults.take('duplicate', occasion)) add(request, { dataCenter, occasion, spot });
    return made;
  }

  /** The first data centre of those asked for that has some. */
  function place({ gpu, cpu, dataCenterIds, cloud, mounts, registry }: CreatePod, occasion: Occasion): string | null {
    const shelf = gpu ? catalogue.gpu(gpu.id) : catalogue.cpu(cpu!.id);
    if (!shelf) throw new Problem(400, `unknown ${gpu ? 'GPU' : 'CPU'} type`);
    if (gpu && gpu.count > catalogue.gpu(gpu.id)!.maxCount) throw new Problem(400, noInstances);
    if (cpu && (cpu.vcpuCount & (cpu.vcpuCount - 1)) !== 0) throw new Problem(400, 'vcpuCount must be a power of two');
    if (cpu && mounts.persistent) throw new Problem(400, 'mounts.persistent is not allowed on CPU pods');
    if (registry && !registries.get(registry)) throw new Problem(400, 'registry credential not found');
    const [volume] = (mounts.network ?? []).map(({ volumeId }) => volumes.get(volumeId));
    if (mounts.network?.length && !volume) throw new Problem(400, 'network volume not found');
    if (cloud === 'COMMUNITY') {
      if (faults.take('no_capacity', occasion)) throw new Problem(400, noInstances);
      return null;
    }
    const wanted = (dataCenterIds.length > 0 ? dataCenterIds : shelf.dataCenters).filter((id) => volume === undefined || volume.dataCenter === id);
    const found = wanted.find((id) => catalogue.stock(shelf.id, id) !== 'NONE' && !faults.take('no_capacity', { ...occasion, region: id }));
    if (found === undefined) throw new Problem(400, noInstances);
    return found;
  }

  function add(request: CreatePod, { dataCenter, occasion, spot }: { readonly dataCenter: string | null; readonly occasion: Occasion; readonly spot: { readonly bidPerGpu: number } | undefined }): Pod {
    const now = clock.now();
    const fault = <K extends Fault['kind']>(kind: K) => faults.take(kind, occasion);
    const { gpu, cpu } = request;
    const list = gpu ? (spot?.bidPerGpu ?? priceOf(request, gpu)) * gpu.count : catalogue.cpu(cpu!.id)!.perVcpu * cpu!.vcpuCount;
    const id = newId(random);
    const pod: Pod = {
      id, request, dataCenter, cost: Number((list * (fault('price_change')?.factor ?? 1)).toFixed(4)), key: `rpa_${newId(random)}${newId(random)}`,
      createdAt: now, listedFrom: now + (fault('list_lag')?.ms ?? 0), log: podLog(clock), gone: new AbortController(),
      name: request.name, env: request.env ?? {}, status: 'PROVISIONING', startedAt: undefined, containerSince: undefined, published: new Map(), run: 0,
    };
    byId.set(id, pod);
    boot(pod, provisionMs + (fault('slow_boot')?.ms ?? 0));
    const interruption = spot && fault('interruption');
    // RunPod gives no notice: the pod is stopped.
    if (interruption) void clock.sleep(interruption.afterMs, pod.gone.signal).then(async () => { if (!pod.gone.signal.aborted && legal[pod.status].includes('stop')) await act(pod, 'stop'); });
    const vanishing = fault('vanish');
    if (vanishing) void clock.sleep(vanishing.afterMs, pod.gone.signal).then(() => drop(pod));
    return pod;
  }

  function priceOf({ cloud }: CreatePod, { id }: { readonly id: string }): number {
    const shelf = catalogue.gpu(id)!;
    return cloud === 'COMMUNITY' ? shelf.community : shelf.secure;
  }

  function boot(pod: Pod, afterMs: number): void {
    const run = ++pod.run;
    pod.status = 'PROVISIONING';
    void clock.sleep(afterMs, pod.gone.signal).then(() => {
      if (pod.run !== run || pod.gone.signal.aborted) return;
      pod.status = 'STARTING';
      pod.startedAt = clock.now();
      runContainer(pod, run);
    });
  }

  function runContainer(pod: Pod, run: number): void {
    const { request } = pod;
    const registry = request.registry ? registries.get(request.registry) : undefined;
    const own = { RUNPOD_POD_ID: pod.id, RUNPOD_API_KEY: pod.key, RUNPOD_DC_ID: pod.dataCenter ?? '' };
    const workload: Workload = { image: request.image, args: request.args ?? '', env: { ...pod.env, ...own }, ports: tcpPorts(request), registry };
    machinery.start(pod.id, workload, (event) => { if (pod.run === run) hear(pod, run, event); });
  }

  function hear(pod: Pod, run: number, event: MachineEvent): void {
    switch (event.kind) {
      case 'line': return pod.log.add(event.source, event.text);
      case 'running':
        pod.status = 'RUNNING';
        pod.containerSince = clock.now();
        pod.published = event.published ?? pretended(pod.request);
        return;
      case 'failed':
        pod.status = 'ERROR';
        return;
      case 'exited':
        // RunPod starts a container that ended again, for ever, and tells nobody its exit code.
        void clock.sleep(restartMs, pod.gone.signal).then(() => { if (pod.run === run && !pod.gone.signal.aborted) runContainer(pod, run); });
    }
  }

  async function act(pod: Pod, action: Action): Promise<void> {
    if (!legal[pod.status].includes(action)) throw new Problem(409, `action ${action} is not valid for a pod that is ${pod.status}`);
    switch (action) {
      case 'start':
        if (catalogue.stock(pod.request.gpu?.id ?? pod.request.cpu!.id, pod.dataCenter ?? '') === 'NONE') throw new Problem(400, noInstances);
        return boot(pod, provisionMs);
      case 'stop':
        pod.run++;
        await machinery.stop(pod.id);
        pod.status = 'EXITED';
        return;
      case 'restart':
        await machinery.stop(pod.id);
        return runContainer(pod, ++pod.run);
      case 'terminate': {
        const slow = faults.take('slow_delete', { operation: 'deletePod' });
        if (!slow) return drop(pod);
        void clock.sleep(slow.ms, pod.gone.signal).then(() => drop(pod));
      }
    }
  }

  function drop(pod: Pod): void {
    if (!byId.delete(pod.id)) return;
    pod.run++;
    pod.status = 'TERMINATED';
    pod.gone.abort();
    pod.log.close();
    void machinery.remove(pod.id);
  }

  return {
    create, act,
    need(id) {
      const pod = byId.get(id);
      if (!pod) throw new Problem(404, 'pod not found');
      return pod;
    },
    listed: () => [...byId.values()].filter((pod) => pod.listedFrom <= clock.now()),
    all: () => [...byId.values()],
    vanish(id) {
      const pod = byId.get(id);
      if (pod) drop(pod);
    },
  };
}

/** Addresses where nobody answers, for machines that have none. */
function pretended(request: CreatePod): Published {
  return new Map(tcpPorts(request).map((port, at) => [port, { ip: '192.0.2.7', port: 30_000 + at }]));
}
