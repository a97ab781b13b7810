import { z } from 'zod';

// What we read of the engine's replies, and no more: other engines (Podman's) leave out the rest.

const record = z.record(z.string(), z.string()).nullish().transform((labels) => labels ?? {});
const endpoints = z.record(z.string(), z.object({ IPAddress: z.string().optional() })).nullish().transform((networks) => networks ?? {});

const containerState = z.object({
  Status: z.string(),
  ExitCode: z.number().default(0),
  Error: z.string().default(''),
  OOMKilled: z.boolean().default(false),
  Pid: z.number().default(0),
  StartedAt: z.string().default(''),
  FinishedAt: z.string().default(''),
});

/** `GET /containers/{name}/json` */
export const containerDetail = z.object({
  Id: z.string().default(''),
  Name: z.string(),
  /** Where the engine keeps the container's `/etc/hosts`. */
  HostsPath: z.string().optional(),
  State: containerState,
  Config: z.object({ Labels: record, Image: z.string(), Healthcheck: z.object({ Interval: z.number().nullish() }).nullish() }),
  HostConfig: z.object({
    Init: z.boolean().nullish(),
    AutoRemove: z.boolean().nullish(),
    RestartPolicy: z.object({ Name: z.string().nullish() }).nullish(),
    DeviceRequests: z.array(z.unknown()).nullish(),
  }).prefault({}),
  /** Digest of its image. */
  Image: z.string().optional(),
  NetworkSettings: z.object({
    Networks: endpoints,
    Ports: z.record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullable()).nullish(),
  }),
});
export type ContainerDetail = z.infer<typeof containerDetail>;

/** One of `GET /containers/json` */
export const containerSummary = z.object({
  Names: z.array(z.string()),
  State: z.string(),
  Labels: record,
  Ports: z.array(z.object({ IP: z.string().optional(), PrivatePort: z.number(), PublicPort: z.number().optional(), Type: z.string() })).nullish(),
  NetworkSettings: z.object({ Networks: endpoints }).nullish(),
});
export type ContainerSummary = z.infer<typeof containerSummary>;

/** One of `GET /networks` */
export const network = z.object({
  Id: z.string(),
  Name: z.string(),
  Created: z.string().optional(),
  Labels: record,
  IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string().optional(), Gateway: z.string().optional() })).nullish() }).nullish(),
});
export type Network = z.infer<typeof network>;

/** `GET /info` */
export const engineInfo = z.object({
  NCPU: z.number().optional(),
  MemTotal: z.number().optional(),
  OSType: z.string().optional(),
  ExperimentalBuild: z.boolean().optional(),
  DockerRootDir: z.string().optional(),
  SecurityOptions: z.array(z.string()).nullish(),
  ServerVersion: z.string().optional(),
  Runtimes: z.record(z.string(), z.unknown()).nullish(),
  GenericResources: z.array(z.object({
    NamedResourceSpec: z.object({ Kind: z.string(), Value: z.string() }).nullish(),
    DiscreteResourceSpec: z.object({ Kind: z.string(), Value: z.number() }).nullish(),
  })).nullish(),
  /** Container Device Interface: from Engine 28.3 on. */
  DiscoveredDevices: z.array(z.object({ Source: z.string(), ID: z.string() })).nullish(),
});
export type EngineInfo = z.infer<typeof engineInfo>;

/** `GET /version` */
export const engineVersion = z.object({
  Version: z.string(),
  KernelVersion: z.string().optional(),
  Arch: z.string().optional(),
  Components: z.array(z.object({ Name: z.string() })).nullish(),
});

/** Podman's own `GET /libpod/info` */
export const libpodInfo = z.object({
  host: z.object({
    ociRuntime: z.object({ name: z.string(), version: z.string().default('') }).nullish(),
    security: z.object({ rootless: z.boolean().default(false) }).prefault({}),
  }),
  store: z.object({ volumePath: z.string().default('') }).prefault({}),
});

/** Podman's own `GET /libpod/containers/{name}/json` */
export const libpodContainer = z.object({
  Id: z.string(),
  StaticDir: z.string().default(''),
  State: z.object({
    Status: z.string(),
    Checkpointed: z.boolean().default(false),
    CheckpointedAt: z.string().default(''),
  }),
});

/** `GET /containers/{name}/checkpoints` of Docker. */
export const checkpoints = z.array(z.object({ Name: z.string() })).nullable().transform((all) => all ?? []);

export type Checkpoint = z.infer<typeof checkpoints>[number];

/** `GET /info`, where only how it isolates matters. */
export const engineSecurity = z.object({ SecurityOptions: z.array(z.string()).nullish() });

/** One of `GET /images/json` */
export const imageSummary = z.object({ Id: z.string() });

/** `GET /images/{name}/json` */
export const imageDetail = z.object({ Config: z.object({ User: z.string().nullish() }).nullish() });

/** One line of `POST /images/create` */
export const pullLine = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).nullish(),
});
export type PullLine = z.infer<typeof pullLine>;

/** One line of `GET /events` */
export const engineEvent = z.object({
  timeNano: z.number().optional(),
  Actor: z.object({ Attributes: record }).nullish(),
});

export const execCreated = z.object({ Id: z.string() });

/** `GET /exec/{id}/json` */
export const execDetail = z.object({ Running: z.boolean(), ExitCode: z.number().nullish() });

/** `GET /containers/{name}/stats` */
export const stats = z.object({
  read: z.string(),
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: z.number().default(0) }).prefault({}) }).prefault({}),
  memory_stats: z.object({
    usage: z.number().default(0),
    limit: z.number().optional(),
    stats: z.record(z.string(), z.number()).nullish(),
  }).prefault({}),
  networks: z.record(z.string(), z.object({ rx_bytes: z.number(), tx_bytes: z.number() })).nullish(),
});
export type Stats = z.infer<typeof stats>;
