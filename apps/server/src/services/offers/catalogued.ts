import { type CatalogueOffer, catalogueOffers } from '@neb/catalogue';
import type { OfferView } from '@neb/sdk/contract';

/** What the catalogue says that a platform sells; nothing where it does not know it. `now` is in milliseconds since the epoch. */
export function cataloguedOffers(platform: string, now: number): readonly OfferView[] {
  return catalogueOffers(platform, { now }).map(viewOf);
}

function viewOf({ platform, type, accelerator, count, memoryGB, cpus, ramGiB, regions, pricePerHour, spotPricePerHour, source }: CatalogueOffer): OfferView {
  const [region = 'anywhere', ...others] = regions;
  return {
    platform, region, type, accelerator, count, memory_gib: memoryGB, available: 'unknown', from: 'catalogue', source: source.name,
    ...(others.length > 0 && { also_in: others }),
    ...(cpus !== undefined && { cpus }),
    ...(ramGiB !== undefined && { ram_gib: ramGiB }),
    ...(pricePerHour !== undefined && { price_per_hour: pricePerHour }),
    ...(spotPricePerHour !== undefined && { spot_price_per_hour: spotPricePerHour }),
    ...(source.date !== undefined && { as_of: source.date }),
  };
}
