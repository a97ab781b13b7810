import { compareMoney } from '@neb/core-types';
import type { OffersInput, OfferView } from '@neb/sdk/contract';
import type { Asked } from './names.ts';

/** What an offer must have. All that is given must hold. */
export interface Narrow extends Pick<OffersInput, 'memoryGiB' | 'count' | 'region' | 'spot' | 'maxPrice'> {
  /** Any of these; every offer if absent or empty. */
  readonly accelerators?: readonly Asked[] | undefined;
}

/** Those of `offers` that have all that is asked for, cheapest first, those without a price last. */
export function narrowed(offers: readonly OfferView[], narrow: Narrow): readonly OfferView[] {
  return offers.flatMap((offer) => inRegion(offer, narrow.region)).filter((offer) => fits(offer, narrow)).sort((a, b) => cheaper(a, b, narrow.spot));
}

/** The offer as one of that region; none where it is not sold there. */
function inRegion(offer: OfferView, region: string | undefined): readonly OfferView[] {
  if (region === undefined) return [offer];
  const { also_in: others = [], ...here } = offer;
  const found = [offer.region, ...others].find((one) => one.toLowerCase() === region.toLowerCase());
  return found === undefined ? [] : [{ ...here, region: found }];
}

function fits(offer: OfferView, { accelerators = [], memoryGiB, count, spot, maxPrice }: Narrow): boolean {
  const price = lowestPrice(offer, spot);
  return (accelerators.length === 0 || accelerators.some((one) => isAskedFor(offer, one)))
    && (memoryGiB === undefined || (offer.memory_gib ?? 0) >= memoryGiB)
    && (count === undefined || offer.count === count)
    && (spot !== true || offer.spot_price_per_hour !== undefined)
    // What has no price at all may well be had on demand.
    && (spot !== false || offer.price_per_hour !== undefined || offer.spot_price_per_hour === undefined)
    && (maxPrice === undefined || (price !== undefined && compareMoney(price, maxPrice) <= 0));
}

function isAskedFor({ accelerator, count }: OfferView, one: Asked): boolean {
  return accelerator !== undefined && one.means(accelerator) && (one.count === undefined || one.count === count);
}

/** The least it costs in the markets that are asked for. */
function lowestPrice({ price_per_hour: onDemand, spot_price_per_hour: spotPrice }: OfferView, spot: boolean | undefined): string | undefined {
  const prices = [spot === true ? undefined : onDemand, spot === false ? undefined : spotPrice].filter((price) => price !== undefined);
  return prices.sort(compareMoney)[0];
}

/** The one that a reader of the list looks at first: that on demand, unless spot is asked for. */
function leadingPrice({ price_per_hour: onDemand, spot_price_per_hour: spotPrice }: OfferView, spot: boolean | undefined): string | undefined {
  return spot === true ? spotPrice : (onDemand ?? spotPrice);
}

const stock: readonly OfferView['available'][] = ['yes', 'unknown', 'no'];

function cheaper(a: OfferView, b: OfferView, spot: boolean | undefined): number {
  const [x, y] = [leadingPrice(a, spot), leadingPrice(b, spot)];
  if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined) || a.count - b.count;
  return compareMoney(x, y) || stock.indexOf(a.available) - stock.indexOf(b.available);
}
