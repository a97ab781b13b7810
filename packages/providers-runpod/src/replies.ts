import { z } from 'zod';

// What we read of RunPod's replies, and no more. Words are read as words: it may invent others after this was written.

export const pod = z.object({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  image: z.string().default(''),
  env: z.record(z.string(), z.string()).nullish().transform((env) => env ?? {}),
  registry: z.string().nullish(),
  dataCenterId: z.string().nullish(),
  mounts: z.object({ network: z.array(z.object({ volumeId: z.string() })).nullish() }).nullish(),
  /** How its sshd is reached, where it publishes port 22 and runs. */
  ssh: z.object({ direct: z.object({ host: z.string(), port: z.number() }).nullish() }).nullish(),
  /** US dollars an hour. */
  cost: z.number().optional(),
  createdAt: z.string().default(''),
  startedAt: z.string().nullish(),
  runtime: z.object({
    /** Seconds since the container started. */
    uptime: z.number().optional(),
    ports: z.array(z.object({ private: z.number(), public: z.number().nullish(), type: z.string(), ip: z.string().nullish() })).nullish(),
  }).nullish(),
});
export type Pod = z.infer<typeof pod>;

export const podList = z.object({ pods: z.array(pod) });

const inDataCenters = z.array(z.object({ id: z.string(), availability: z.string() })).nullish().transform((centers) => centers ?? []);

export const gpuType = z.object({
  id: z.string(),
  name: z.string(),
  memory: z.number(),
  secure: z.boolean(),
  community: z.boolean(),
  /** US dollars an hour for one. */
  price: z.object({ secure: z.number(), community: z.number() }),
  maxCount: z.object({ secure: z.number(), community: z.number() }),
  availability: z.string().optional(),
  dataCenters: inDataCenters,
});
export type GpuType = z.infer<typeof gpuType>;

export const gpuList = z.object({ gpus: z.array(gpuType) });

export const cpuType = z.object({
  id: z.string(),
  vcpu: z.object({ min: z.number(), max: z.number() }),
  ramGbPerVcpu: z.number(),
  price: z.object({ securePerVcpu: z.number() }),
  availability: z.string().optional(),
  dataCenters: inDataCenters,
});
export type CpuType = z.infer<typeof cpuType>;

export const cpuList = z.object({ cpus: z.array(cpuType) });

export const networkVolume = z.object({ id: z.string(), name: z.string(), dataCenter: z.string() });
export type NetworkVolume = z.infer<typeof networkVolume>;

export const networkVolumeList = z.object({ networkVolumes: z.array(networkVolume) });

export const registry = z.object({ id: z.string(), name: z.string() });
export type Registry = z.infer<typeof registry>;

export const registryList = z.object({ registries: z.array(registry) });

/** The data of one event of a log stream. */
export const logData = z.object({ ts: z.string(), source: z.string(), line: z.string() });
