import { z } from 'zod';
import { Problem } from './problem.ts';

const text = z.string().min(1);
const containerParts = {
  image: z.string().optional(),
  args: z.string().optional(),
  disk: z.int().min(1).optional(),
  env: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string().regex(/^\d+\/(?:http|tcp)$/, 'must be such as 8888/http or 22/tcp')).optional(),
  registry: z.string().nullable().optional(),
};
const mounts = z.strictObject({
  persistent: z.strictObject({ size: z.int().min(10), path: z.string() }).optional(),
  network: z.array(z.strictObject({ volumeId: z.string(), path: z.string() })).max(1).optional(),
});
const cudaVersion = z.string().regex(/^\d+\.\d+$/);

/** `POST /v2/pods` */
export const createPod = z.strictObject({
  ...containerParts,
  name: text,
  image: text,
  gpu: z.strictObject({ id: z.string(), count: z.int().min(1).default(1), allowedCudaVersions: z.array(cudaVersion).optional(), minCudaVersion: cudaVersion.optional() }).optional(),
  cpu: z.strictObject({ id: text, vcpuCount: z.int().min(2) }).optional(),
  cloud: z.enum(['SECURE', 'COMMUNITY']).default('SECURE'),
  dataCenterIds: z.array(z.string()).default([]),
  mounts: mounts.default({}),
  startSsh: z.boolean().optional(),
  startJupyter: z.boolean().optional(),
  globalNetworking: z.boolean().optional(),
});
export type CreatePod = z.infer<typeof createPod>;

/** `PATCH /v2/pods/{id}` */
export const updatePod = z.strictObject({ ...containerParts, name: text.optional(), mounts: mounts.optional(), locked: z.boolean().optional(), globalNetworking: z.boolean().optional() });

/** `POST /v2/pods/{id}/action` */
export const podAction = z.strictObject({ action: z.enum(['start', 'stop', 'restart', 'terminate']) });

/** `POST /v2/network-volumes` */
export const createNetworkVolume = z.strictObject({ name: text, size: z.int().min(10).max(4096), dataCenter: text, type: z.enum(['STANDARD', 'HIGH_PERFORMANCE']).default('STANDARD') });

/** `POST /v2/registries` */
export const createRegistry = z.strictObject({ name: text, username: text, password: text });

/** A request's body as its schema has it. Throws a 422 that lists everything wrong with it. */
export function checked<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw new Problem(422, 'Request validation failed.', { errors });
}
