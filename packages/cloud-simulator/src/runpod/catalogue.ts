/** What RunPod sells here, and how much of it there is. */
export interface Catalogue {
  gpus(query: URLSearchParams): object;
  cpus(query: URLSearchParams): object;
  dataCenters(): object;
  gpu(id: string): GpuShelf | undefined;
  cpu(id: string): CpuShelf | undefined;
  /** How much there is of a GPU or CPU type in a data centre. */
  stock(id: string, dataCenter: string): Level;
  /** Changes it. */
  setStock(id: string, dataCenter: string, level: Level): void;
  /** Changes what one GPU costs an hour, in US dollars. */
  setPrice(id: string, perHour: number): void;
}

export type Level = 'NONE' | 'LOW' | 'MEDIUM' | 'HIGH';

/** One type of GPU; prices in US dollars an hour for one. */
export interface GpuShelf {
  readonly id: string;
  readonly name: string;
  readonly memory: number;
  readonly secure: number;
  readonly community: number;
  readonly maxCount: number;
  readonly manufacturer: 'NVIDIA' | 'AMD';
  readonly dataCenters: readonly string[];
}

/** One flavour of CPU; its price in US dollars an hour for one vCPU. */
export interface CpuShelf {
  readonly id: string;
  readonly name: string;
  readonly perVcpu: number;
  readonly ramGbPerVcpu: number;
  readonly dataCenters: readonly string[];
}

/** Prices and memory as RunPod's own pages had them in June 2026; stock is plenty until it is changed. */
export function catalogue(): Catalogue {
  const shelves = new Map(gpuShelves.map((gpu) => [gpu.id, gpu]));
  const levels = new Map<string, Level>();
  const stock = (id: string, dataCenter: string): Level => {
    const sold = (shelves.get(id) ?? cpuShelves.find((cpu) => cpu.id === id))?.dataCenters.includes(dataCenter);
    return sold ? (levels.get(`${id}/${dataCenter}`) ?? 'HIGH') : 'NONE';
  };

  function availability(query: URLSearchParams, { id, dataCenters }: GpuShelf | CpuShelf, fits: boolean): object {
    if (query.get('include') !== 'AVAILABILITY') return {};
    const there = fits ? dataCenters.map((center) => ({ id: center, name: center, availability: stock(id, center) })) : [];
    const best = highest(there.map((center) => center.availability));
    return best === 'NONE' ? { availability: best } : { availability: best, dataCenters: there };
  }

  return {
    gpus: (query) => ({
      gpus: [...shelves.values()].map((gpu) => ({
        id: gpu.id, name: gpu.name, pool: null, manufacturer: gpu.manufacturer, memory: gpu.memory, secure: true, community: gpu.community > 0,
        price: { secure: gpu.secure, community: gpu.community }, maxCount: { secure: gpu.maxCount, community: gpu.maxCount },
        ...availability(query, gpu, Number(query.get('count') ?? 1) <= gpu.maxCount),
      })),
    }),
    cpus: (query) => ({
      cpus: cpuShelves.map((cpu) => ({
        id: cpu.id, name: cpu.name, group: 'Compute', vcpu: { min: 2, max: 32 }, ramGbPerVcpu: cpu.ramGbPerVcpu,
        price: { securePerVcpu: cpu.perVcpu, serverlessPerVcpu: cpu.perVcpu }, ...availability(query, cpu, true),
      })),
    }),
    dataCenters: () => ({
      dataCenters: centers.map((id) => ({
        id, name: id, region: id.startsWith('EU') ? 'EUROPE' : 'NORTH_AMERICA', globalNetwork: true, networkVolumeTypes: ['STANDARD'], compliance: [],
      })),
    }),
    gpu: (id) => shelves.get(id),
    cpu: (id) => cpuShelves.find((cpu) => cpu.id === id),
    stock,
    setStock: (id, dataCenter, level) => { levels.set(`${id}/${dataCenter}`, level); },
    setPrice(id, perHour) {
      const gpu = shelves.get(id);
      if (gpu) shelves.set(id, { ...gpu, secure: perHour });
    },
  };
}

const centers = ['EU-RO-1', 'US-KS-2', 'US-TX-3'];

const gpuShelves: readonly GpuShelf[] = [
  { id: 'AMD Instinct MI300X OAM', name: 'MI300X', memory: 192, secure: 1.99, community: 0, maxCount: 8, manufacturer: 'AMD', dataCenters: ['EU-RO-1'] },
  { id: 'NVIDIA A100-SXM4-80GB', name: 'A100 SXM', memory: 80, secure: 1.49, community: 1.39, maxCount: 8, manufacturer: 'NVIDIA', dataCenters: ['US-KS-2', 'US-TX-3'] },
  { id: 'NVIDIA GeForce RTX 4090', name: 'RTX 4090', memory: 24, secure: 0.69, community: 0.34, maxCount: 8, manufacturer: 'NVIDIA', dataCenters: ['EU-RO-1', 'US-TX-3'] },
  { id: 'NVIDIA H100 80GB HBM3', name: 'H100 SXM', memory: 80, secure: 3.29, community: 2.69, maxCount: 8, manufacturer: 'NVIDIA', dataCenters: ['EU-RO-1', 'US-KS-2'] },
  { id: 'NVIDIA H200', name: 'H200 SXM', memory: 141, secure: 4.39, community: 3.59, maxCount: 8, manufacturer: 'NVIDIA', dataCenters: ['US-KS-2'] },
  { id: 'NVIDIA L4', name: 'L4', memory: 24, secure: 0.39, community: 0.44, maxCount: 4, manufacturer: 'NVIDIA', dataCenters: ['EU-RO-1'] },
];

const cpuShelves: readonly CpuShelf[] = [
  { id: 'cpu3g', name: 'General Purpose', perVcpu: 0.04, ramGbPerVcpu: 4, dataCenters: ['EU-RO-1'] },
  { id: 'cpu5c', name: 'Compute-Optimized', perVcpu: 0.03, ramGbPerVcpu: 2, dataCenters: ['EU-RO-1', 'US-TX-3'] },
];

function highest(found: readonly Level[]): Level {
  const order: readonly Level[] = ['HIGH', 'MEDIUM', 'LOW'];
  return order.find((level) => found.includes(level)) ?? 'NONE';
}
