import { z } from 'zod';
import { Problem } from './problem.ts';
import { checked, createPod } from './requests.ts';
import type { Account } from './routes.ts';

export const graphqlPath = '/graphql';

/** Of RunPod's GraphQL API the two calls that REST v2 has not: prices of pods that may be interrupted, and their create. Says 200 whatever comes of it, as RunPod does. */
export function graphql(account: Account, body: unknown): object {
  try {
    const { query, variables } = checked(question, body);
    if (query.includes('podRentInterruptable')) return { data: { podRentInterruptable: rent(account, checked(rentInput, variables['input'])) } };
    if (query.includes('minimumBidPrice')) return { data: { gpuTypes: prices(account, checked(priceInput, variables['price'])) } };
    return failed('Cannot query what the simulator does not know.');
  } catch (error) {
    if (error instanceof Problem) return failed([error.message, ...(error.more.errors ?? [])].join(' '));
    throw error;
  }
}

const failed = (message: string): object => ({ data: null, errors: [{ message }] });

const question = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()) });
const priceInput = z.strictObject({ gpuCount: z.int().min(1), secureCloud: z.boolean() });
const rentInput = z.strictObject({
  name: z.string(), imageName: z.string(), gpuTypeId: z.string(), gpuCount: z.int().min(1), bidPerGpu: z.number().positive(), cloudType: z.enum(['ALL', 'SECURE', 'COMMUNITY']),
  dataCenterId: z.string().optional(), containerDiskInGb: z.int(), volumeInGb: z.int(), volumeMountPath: z.string().optional(), networkVolumeId: z.string().optional(),
  dockerArgs: z.string(), ports: z.string(), env: z.array(z.strictObject({ key: z.string(), value: z.string() })), containerRegistryAuthId: z.string().optional(),
});

/** What is bid for one that may be interrupted, of its price on demand. */
const share = 0.5;

function prices({ catalogue }: Account, { gpuCount, secureCloud }: z.infer<typeof priceInput>): readonly object[] {
  const { gpus } = catalogue.gpus(new URLSearchParams()) as { readonly gpus: readonly { readonly id: string }[] };
  return gpus.map(({ id }) => {
    const { secure, community, maxCount } = catalogue.gpu(id)!;
    const price = secureCloud ? secure : community;
    const sold = price > 0 && gpuCount <= maxCount;
    return { id, lowestPrice: { minimumBidPrice: sold ? price * share : null, uninterruptablePrice: sold ? price : null } };
  });
}

function rent({ pods, catalogue }: Account, input: z.infer<typeof rentInput>): object {
  const shelf = catalogue.gpu(input.gpuTypeId);
  const least = (input.cloudType === 'COMMUNITY' ? shelf?.community : shelf?.secure) ?? 0;
  if (input.bidPerGpu < least * share - 1e-9) throw new Problem(400, 'Your bid is below the minimum bid price.');
  const path = input.volumeMountPath ?? '/workspace';
  const request = checked(createPod, {
    name: input.name, image: input.imageName, gpu: { id: input.gpuTypeId, count: input.gpuCount }, cloud: input.cloudType === 'COMMUNITY' ? 'COMMUNITY' : 'SECURE',
    dataCenterIds: input.dataCenterId === undefined ? [] : [input.dataCenterId], disk: input.containerDiskInGb, env: Object.fromEntries(input.env.map(({ key, value }) => [key, value])),
    ...(input.dockerArgs !== '' && { args: input.dockerArgs }), ...(input.ports !== '' && { ports: input.ports.split(',') }), registry: input.containerRegistryAuthId,
    mounts: input.networkVolumeId !== undefined ? { network: [{ volumeId: input.networkVolumeId, path }] } : input.volumeInGb > 0 ? { persistent: { size: input.volumeInGb, path } } : {},
  });
  return { id: pods.create(request, { bidPerGpu: input.bidPerGpu }).id };
}
