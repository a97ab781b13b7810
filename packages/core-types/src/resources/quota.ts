import { z } from 'zod';
import { cpus, memoryGiB } from '../quantity.ts';

const most = z.int().min(0);

/** How much the live containers of a namespace or an owner may take together; what is absent has no limit. */
export const quota = z.strictObject({
  containers: most.optional().describe('Containers that have not ended.'),
  accelerators: most.optional().describe('Accelerators of them all; of alternatives the largest count.'),
  cpu: z.union([z.literal(0), cpus]).optional().describe('Cores that they need, by min_cpu.'),
  memory: z.union([z.literal(0), memoryGiB]).optional().describe('Memory that they need, by min_memory, such as 64Gi; a bare number is GiB.'),
  volumes: most.optional().describe('Named volumes that they use.'),
});
export type Quota = z.infer<typeof quota>;

/** The same once it is read: cores and GiB. */
export const readQuota = z.object({ containers: most.optional(), accelerators: most.optional(), cpu: z.number().optional(), memory: z.number().optional(), volumes: most.optional() });

export const quotaFields = ['containers', 'accelerators', 'cpu', 'memory', 'volumes'] as const satisfies readonly (keyof Quota)[];
/** What is taken, of everything that a quota can limit. */
export type Usage = Readonly<Record<(typeof quotaFields)[number], number>>;
