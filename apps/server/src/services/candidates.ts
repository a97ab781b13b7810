import { explaining, type Places, type Resource, type World } from '@neb/scheduler';
import type { CandidateView } from '@neb/sdk/contract';

/** Where a container could run now, as the API shows it. */
export interface Explained {
  readonly places: Places['places'];
  /** The hundred best, those out of the question last. */
  readonly candidates: readonly CandidateView[];
}

/** Says so of any container; a platform that takes longer than ten seconds is said not to have answered. */
export type Explain = (container: Resource<'Container'>) => Promise<Explained>;

const explainMs = 10_000;
const mostShown = 100;

export function explainer(world: World): Explain {
  const explain = explaining(world);
  return async (container) => {
    const { places, candidates } = await explain(container, AbortSignal.timeout(explainMs));
    return { places, candidates: candidates.slice(0, mostShown).map(view) };
  };
}

function view({ platform, offer, accelerator, why }: Places['candidates'][number]): CandidateView {
  const kind = accelerator ?? offer.accelerator;
  return {
    platform, offer: offer.id, region: offer.region, price_per_hour: offer.pricePerHour, spot: offer.spot, fits: why === undefined,
    ...(kind && { accelerator: `${kind.count}:${kind.name}` }),
    ...(why !== undefined && { why }),
  };
}
