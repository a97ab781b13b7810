import { acceleratorVariants, compareMoney, formatMoney, type Offer, type OfferQuery, parseMoney } from '@neb/core-types';
import type { Calls } from './calls.ts';
import type { InstanceType } from './catalogue/instance-types.ts';
import { offerId } from './offer-id.ts';
import type { TypeZones } from './type-zones.ts';

/** What the catalogue is asked for, and by whom. */
export interface Shopping {
  callsIn(region: string): Calls;
  readonly regions: readonly string[];
  readonly types: readonly InstanceType[];
  readonly zones: TypeZones;
  readonly nowMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What EC2 sells, cheapest first: one offer for each type, region and market. */
export async function offersOf(query: OfferQuery, shopping: Shopping): Promise<readonly Offer[]> {
  const asked = query.regions ?? [];
  const regions = shopping.regions.filter((region) => asked.length === 0 || asked.includes(region));
  const types = shopping.types.filter((type) => isWanted(type, query));
  if (types.length === 0) return [];
  const found = await Promise.all(regions.map((region) => offersIn(region, types, { ...shopping, markets: marketsOf(query) })));
  return found.flat().sort(cheaper);
}

function isWanted({ accelerator }: InstanceType, { accelerators = [] }: OfferQuery): boolean {
  return accelerators.length === 0 || accelerators.some(({ name, count }) => accelerator && accelerator.count >= count && acceleratorVariants(name).includes(accelerator.name));
}

async function offersIn(region: string, types: readonly InstanceType[], { markets, ...shopping }: Shopping & { readonly markets: readonly Market[] }): Promise<readonly Offer[]> {
  const zones = await shopping.zones.all(region);
  const there = types.filter(({ name }) => zones.has(name));
  const prices = markets.includes('spot') ? await spotPrices(region, there, shopping) : undefined;
  return there.flatMap((type) => markets.flatMap((market) => offer(type, { region, market, price: market === 'spot' ? prices?.get(type.name) : type.pricePerHour[region] })));
}

type Market = 'on-demand' | 'spot';

function marketsOf({ spot }: OfferQuery): readonly Market[] {
  if (spot === undefined) return ['on-demand', 'spot'];
  return [spot ? 'spot' : 'on-demand'];
}

interface Priced {
  readonly region: string;
  readonly market: Market;
  readonly price: string | undefined;
}

/** None where the price is not known or cannot be meant. */
function offer({ name, accelerator, cpus, memoryGiB }: InstanceType, { region, market, price }: Priced): readonly Offer[] {
  const nanos = price === undefined ? undefined : parseMoney(price);
  if (nanos === undefined || nanos <= 0n) return [];
  // Nobody tells what is free: that a purchase shows.
  return [{ id: offerId({ region, type: name, market }), region, accelerator, cpus, memoryGiB, pricePerHour: formatMoney(nanos), spot: market === 'spot', available: 'unknown' }];
}

/** The lowest price of each type among the zones, as it is now. */
async function spotPrices(region: string, types: readonly InstanceType[], { callsIn, nowMs, signal }: Shopping): Promise<ReadonlyMap<string, string>> {
  if (types.length === 0) return new Map();
  const now = new Date(nowMs);
  const history = await callsIn(region).spotPrices({
    InstanceTypes: types.map(({ name }) => name) as never, ProductDescriptions: ['Linux/UNIX'], StartTime: now, EndTime: now,
  }, signal);
  const newest = new Map<string, { readonly type: string; readonly price: string; readonly at: number }>();
  for (const { InstanceType = '', AvailabilityZone = '', SpotPrice, Timestamp } of history) {
    const name = `${InstanceType} ${AvailabilityZone}`;
    const at = Timestamp?.getTime() ?? 0;
    if (SpotPrice !== undefined && at >= (newest.get(name)?.at ?? -Infinity)) newest.set(name, { type: InstanceType, price: SpotPrice, at });
  }
  const lowest = new Map<string, string>();
  for (const { type, price } of newest.values()) {
    const known = lowest.get(type);
    if (parseMoney(price) !== undefined && (known === undefined || compareMoney(price, known) < 0)) lowest.set(type, price);
  }
  return lowest;
}

function cheaper(a: Offer, b: Offer): number {
  return compareMoney(a.pricePerHour, b.pricePerHour) || (a.id < b.id ? -1 : 1);
}
