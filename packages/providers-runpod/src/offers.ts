import { acceleratorVariants, compareMoney, formatMoney, isNebError, type Offer, type OfferQuery, parseMoney } from '@neb/core-types';
import { acceleratorOf } from './accelerators.ts';
import type { RunpodClient } from './client.ts';
import { anywhere, type Article, offerId } from './offer-id.ts';
import type { CpuType, GpuType } from './replies.ts';
import type { SpotMarket } from './spot.ts';

/** What the catalogue is asked for, and by whom. */
export interface Shopping {
  readonly client: RunpodClient;
  readonly market: Pick<SpotMarket, 'prices'>;
  readonly clouds: readonly ('secure' | 'community')[];
  readonly signal?: AbortSignal | undefined;
}

/** What RunPod sells now, cheapest first: one offer for each type, number, data centre and market. */
export async function offersOf(query: OfferQuery, shopping: Shopping): Promise<readonly Offer[]> {
  const wanted = query.accelerators ?? [];
  const regions = query.regions ?? [];
  const { spot } = query;
  const found = wanted.length > 0 ? await wantedGpus(wanted, spot, shopping) : [...(spot ? [] : await cpuOffers(shopping)), ...(await gpuOffers({ count: 1, spot }, shopping))];
  return found.filter(({ region }) => regions.length === 0 || regions.includes(region)).sort(cheaper);
}

async function wantedGpus(wanted: NonNullable<OfferQuery['accelerators']>, spot: boolean | undefined, shopping: Shopping): Promise<readonly Offer[]> {
  const namesByCount = new Map<number, Set<string>>();
  for (const { name, count } of wanted) namesByCount.set(count, new Set([...(namesByCount.get(count) ?? []), ...acceleratorVariants(name)]));
  const found = await Promise.all([...namesByCount].map(([count, names]) => gpuOffers({ count, names, spot }, shopping)));
  return found.flat();
}

interface Wanted {
  readonly count: number;
  /** Every one if absent. */
  readonly names?: ReadonlySet<string> | undefined;
  /** Both markets if absent. */
  readonly spot: boolean | undefined;
}

async function gpuOffers({ count, names, spot }: Wanted, { client, market, clouds, signal }: Shopping): Promise<readonly Offer[]> {
  const shelves = await Promise.all(clouds.map(async (cloud) => {
    const asked = { count, cloud: cloud === 'secure' ? 'SECURE' : 'COMMUNITY' } as const;
    const [types, bids] = await Promise.all([client.gpus(asked, signal), spot === false ? undefined : market.prices(asked, signal).catch(orNone(spot, signal))]);
    return types.filter((type) => !names || names.has(acceleratorOf(type))).flatMap((type) => [
      ...(spot === true ? [] : offersOfGpu(type, { count, cloud })),
      ...offersOfGpu(type, { count, cloud, bid: bids?.get(type.id) ?? 0 }),
    ]);
  }));
  return shelves.flat();
}

/** The older API may end before anybody notices: what was not asked for by name is then left out. */
function orNone(spot: boolean | undefined, signal: AbortSignal | undefined): (error: unknown) => undefined {
  return (error) => {
    signal?.throwIfAborted();
    if (spot === true || !isNebError(error)) throw error;
    return undefined;
  };
}

/** One type of GPU in one cloud, at a `bid` for one where it may be interrupted; none where that does not sell so many, or names no price. */
export function offersOfGpu(type: GpuType, { count, cloud, bid }: { readonly count: number; readonly cloud: 'secure' | 'community'; readonly bid?: number | undefined }): readonly Offer[] {
  const price = priceOf(bid ?? type.price[cloud], count);
  if (!type[cloud] || price === undefined || type.maxCount[cloud] < count) return [];
  const accelerator = { name: acceleratorOf(type), count, memoryGiB: type.memory };
  const article = { kind: 'gpu', type: type.id, count, cloud: cloud === 'secure' ? 'SECURE' : 'COMMUNITY', spot: bid !== undefined } as const;
  return placed(article, type).map((offer) => ({ ...offer, accelerator, pricePerHour: price, spot: bid !== undefined }));
}

async function cpuOffers({ client, clouds, signal }: Shopping): Promise<readonly Offer[]> {
  if (!clouds.includes('secure')) return [];
  return (await client.cpus(signal)).flatMap(offersOfCpu);
}

/** A flavour of CPU in each of its sizes. Stock is told for the smallest alone: of the others nobody knows. */
export function offersOfCpu(type: CpuType): readonly Offer[] {
  return powersOfTwo(type.vcpu.min, type.vcpu.max).flatMap((count) => {
    const price = priceOf(type.price.securePerVcpu, count);
    if (price === undefined) return [];
    const told = placed({ kind: 'cpu', type: type.id, count, cloud: 'SECURE' }, type);
    return told.map((offer) => ({
      ...offer, cpus: count, memoryGiB: count * type.ramGbPerVcpu, pricePerHour: price, spot: false,
      available: count === type.vcpu.min || offer.available === 'no' ? offer.available : 'unknown',
    }));
  });
}

/** Where it is to be had. A type that is nowhere in stock is shown once, so that its price is known. */
function placed(article: Omit<Article, 'dataCenter'>, { availability, dataCenters }: GpuType | CpuType): readonly Pick<Offer, 'id' | 'region' | 'available'>[] {
  const somewhere = (dataCenter: string | undefined, level: string | undefined) => ({
    id: offerId({ ...article, dataCenter }), region: dataCenter ?? anywhere, available: level === undefined ? 'unknown' : level === 'NONE' ? 'no' : 'yes',
  } as const);
  if (dataCenters.length === 0) return [somewhere(undefined, availability)];
  return dataCenters.map(({ id, availability: level }) => somewhere(id, level));
}

/** So many times a price, exactly; `undefined` for one that cannot be meant. */
export function priceOf(perUnit: number, count: number): string | undefined {
  // RunPod's numbers are floats of seven digits, and may come with the rest of what those are in double precision.
  const nanos = parseMoney(String(perUnit)) ?? parseMoney(Number(perUnit.toPrecision(7)).toFixed(9));
  return nanos === undefined || nanos <= 0n ? undefined : formatMoney(nanos * BigInt(count));
}

function powersOfTwo(from: number, to: number): readonly number[] {
  return Array.from({ length: 12 }, (_, exponent) => 2 ** exponent).filter((size) => size >= from && size <= to);
}

const stock: readonly Offer['available'][] = ['yes', 'unknown', 'no'];

function cheaper(a: Offer, b: Offer): number {
  return compareMoney(a.pricePerHour, b.pricePerHour) || stock.indexOf(a.available) - stock.indexOf(b.available) || (a.id < b.id ? -1 : 1);
}
