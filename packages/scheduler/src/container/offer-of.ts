import type { Attempt, Offer } from '@neb/core-types';

/** The offer an attempt took, as far as it is written. */
export function offerOf({ offer, region, accelerator, price_per_hour, spot = false }: Attempt): Offer {
  const [count, name] = accelerator?.split(':') ?? [];
  return { id: offer, region, accelerator: name === undefined ? undefined : { name, count: Number(count) }, pricePerHour: price_per_hour, spot, available: 'unknown' };
}
