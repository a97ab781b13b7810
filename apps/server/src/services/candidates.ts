import type { Candidate } from '@neb/scheduler';
import type { CandidateView } from '@neb/sdk/contract';

const mostShown = 100;

/** Offers as the API shows them. */
export function candidateViews(candidates: readonly Candidate[], now: number): readonly CandidateView[] {
  return candidates.slice(0, mostShown).map(({ platform, offer, accelerator, why, restUntil }) => {
    const rests = restUntil === undefined ? undefined : `had none when it was asked; it is asked again in ${Math.max(1, Math.ceil((restUntil - now) / 1_000))} s`;
    const kind = accelerator ?? offer.accelerator;
    return {
      platform, offer: offer.id, region: offer.region, price_per_hour: offer.pricePerHour, spot: offer.spot, fits: why === undefined && rests === undefined,
      ...(kind && { accelerator: `${kind.count}:${kind.name}` }),
      ...((why ?? rests) !== undefined && { why: why ?? rests }),
    };
  });
}
