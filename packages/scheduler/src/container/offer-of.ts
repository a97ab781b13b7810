import { type Attempt, type Offer, timestamp } from '@neb/core-types';
import type { Choice } from '../placement/plan.ts';
import { attemptKey } from './attempt-key.ts';

/** The offer an attempt took, as far as it is written. */
export function offerOf({ offer, region, accelerator, price_per_hour, spot = false }: Attempt): Offer {
  const [count, name] = accelerator?.split(':') ?? [];
  return { id: offer, region, accelerator: name === undefined ? undefined : { name, count: Number(count) }, pricePerHour: price_per_hour, spot, available: 'unknown' };
}

/** The attempt that takes an offer: the other way round. */
export function attemptAt({ platform, offer, accelerator }: Choice, { containerId, number, now }: { readonly containerId: string; readonly number: number; readonly now: number }): Attempt {
  return {
    number, key: attemptKey(containerId, number), platform, region: offer.region, offer: offer.id, spot: offer.spot, price_per_hour: offer.pricePerHour, intended_at: timestamp(now),
    ...(accelerator && { accelerator: `${accelerator.count}:${accelerator.name}` }),
  };
}
