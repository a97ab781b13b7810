import { type Masker, NebError } from '@neb/core-types';
import { z } from 'zod';
import type { CreatePod } from './client.ts';
import { refused, unreadable } from './errors.ts';

type Signal = AbortSignal | undefined;

/** Pods that may be interrupted: the part of RunPod that only its older GraphQL API has. */
export interface SpotMarket {
  /** The least that is bid for one GPU an hour, in US dollars, by RunPod's id of its type. What has no price is not to be had. */
  prices(query: { readonly count: number; readonly cloud: 'SECURE' | 'COMMUNITY' }, signal: Signal): Promise<ReadonlyMap<string, number>>;
  /** Buys, at a bid for each GPU in US dollars an hour; resolves to the pod's id. Rejects with `uncertain` where it may have bought. */
  rent(body: CreatePod, bidPerGpu: number, signal: Signal): Promise<string>;
}

export function spotMarket({ baseUrl, send, redact }: { readonly baseUrl: string; readonly send: (request: Request) => Promise<Response>; readonly redact: Masker }): SpotMarket {
  async function ask<T>(schema: z.ZodType<T>, { operation, query, variables, buys }: Question, signal: Signal): Promise<T> {
    // The name in the address tells a purchase from a question; GraphQL itself takes every call at one place.
    const response = await send(new Request(`${baseUrl}/graphql?operation=${operation}`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ operationName: operation, query, variables }), signal: signal ?? null,
    }));
    const body = await response.text();
    const parsed = reply.safeParse(JSON.parse(body));
    const said = parsed.data?.errors?.map(({ message }) => message).join('; ');
    // It says 200 even where it would not. The words are those of the REST API, which go with status 400.
    if (said !== undefined && said !== '') throw refused({ status: statusOf(said), body: JSON.stringify({ title: said }), buys }, redact);
    const data = schema.safeParse(parsed.data?.data);
    if (data.success) return data.data;
    throw unreadable(body, { buys }, redact);
  }

  return {
    async prices({ count, cloud }, signal) {
      const variables = { price: { gpuCount: count, secureCloud: cloud === 'SECURE' } };
      const { gpuTypes } = await ask(priceList, { operation: 'spotPrices', query: pricesQuery, variables, buys: false }, signal);
      return new Map(gpuTypes.flatMap(({ id, lowestPrice }) => {
        const bid = lowestPrice?.minimumBidPrice;
        return typeof bid === 'number' ? [[id, bid] as const] : [];
      }));
    },
    async rent(body, bidPerGpu, signal) {
      const variables = { input: rentInput(body, bidPerGpu) };
      const { podRentInterruptable: pod } = await ask(rented, { operation: 'rentSpot', query: rentMutation, variables, buys: true }, signal);
      // It answers with nothing, and no error, where its bid found no machine.
      if (pod === null) throw new NebError('no_capacity', 'RunPod has none free at this bid');
      return pod.id;
    },
  };
}

interface Question {
  readonly operation: 'spotPrices' | 'rentSpot';
  readonly query: string;
  readonly variables: object;
  readonly buys: boolean;
}

const pricesQuery = 'query spotPrices($price: GpuLowestPriceInput) { gpuTypes { id lowestPrice(input: $price) { minimumBidPrice uninterruptablePrice } } }';
const rentMutation = 'mutation rentSpot($input: PodRentInterruptableInput!) { podRentInterruptable(input: $input) { id } }';

const reply = z.object({ data: z.unknown(), errors: z.array(z.object({ message: z.string() })).nullish() });
const priceList = z.object({ gpuTypes: z.array(z.object({ id: z.string(), lowestPrice: z.object({ minimumBidPrice: z.number().nullish() }).nullish() })) });
const rented = z.object({ podRentInterruptable: z.object({ id: z.string() }).nullable() });

/** GraphQL has no codes that are documented. */
function statusOf(said: string): number {
  if (/balance|add funds/i.test(said)) return 402;
  return /unauthori[sz]ed|not authenticated/i.test(said) ? 401 : 400;
}

/** A create of REST v2 in GraphQL's words. */
function rentInput({ name, image, gpu, cloud, dataCenterIds, args, env, disk, ports, mounts, registry }: CreatePod, bidPerGpu: number): object {
  const [volume] = mounts?.network ?? [];
  const workspace = mounts?.persistent;
  return {
    name, imageName: image, gpuTypeId: gpu?.id, gpuCount: gpu?.count ?? 1, bidPerGpu, cloudType: cloud, containerDiskInGb: disk, dockerArgs: args ?? '',
    env: Object.entries(env ?? {}).map(([key, value]) => ({ key, value })), ports: (ports ?? []).join(','), volumeInGb: workspace?.size ?? 0,
    ...(dataCenterIds?.[0] !== undefined && { dataCenterId: dataCenterIds[0] }),
    ...(workspace && { volumeMountPath: workspace.path }),
    ...(volume && { networkVolumeId: volume.volumeId, volumeMountPath: volume.path }),
    ...(registry && { containerRegistryAuthId: registry }),
  };
}
