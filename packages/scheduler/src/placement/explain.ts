import { launchSpec } from '../container/launch-spec.ts';
import type { Resource } from '../store.ts';
import { tuned, type World } from '../world.ts';
import { sinceRefused } from '../container/refusals.ts';
import { experience as inexperience, type Pool } from './experience.ts';
import { markets } from './markets.ts';
import { type Candidate, candidates, type Place, placeOf } from './plan.ts';

/** Where a container could run now: platform by platform, and offer by offer, best first. */
export interface Places {
  readonly places: readonly Place[];
  readonly candidates: readonly Candidate[];
}

/** Says where a container could run now, and why not elsewhere. Asks the platforms no more often than the passes do; changes nothing. */
export function explaining({ providers, clock, secrets, launch, tuning, experience = inexperience() }: World): (container: Resource<'Container'>, signal: AbortSignal) => Promise<Places> {
  const shared = markets(providers, { clock, tuning: tuned(tuning), experience });
  return async (container, signal) => {
    const { spec } = container;
    const prepared = await launchSpec(container, { secrets, defaults: launch, now: clock.now() });
    if (prepared.do !== 'launch') return { places: providers.map(({ name }) => ({ platform: name, fits: false, why: prepared.message })), candidates: [] };
    const offered = await shared.look({ ...spec, platform: undefined }, prepared.spec, { signal });
    const now = clock.now();
    const found = sinceRefused(offered, container.status, now);
    const known = { now, standing: (pool: Pool) => experience.standing(pool, now) };
    const places = found.map((market) => {
      const place = placeOf(spec, market, known);
      const elsewhere = spec.platform !== undefined && spec.platform !== market.platform;
      return elsewhere && place.fits ? { ...place, fits: false, why: `would fit, but the container asks for ${spec.platform}` } : place;
    });
    return { places, candidates: candidates(spec, found.filter(({ platform }) => spec.platform === undefined || platform === spec.platform), known) };
  };
}
