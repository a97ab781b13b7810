import { launchSpec } from '../container/launch-spec.ts';
import type { Resource } from '../store.ts';
import { tuned, type World } from '../world.ts';
import type { Pool } from './experience.ts';
import { markets } from './markets.ts';
import { type Candidate, candidates, newcomer, type Place, placeOf } from './plan.ts';

/** Where a container could run now: platform by platform, and offer by offer, best first. */
export interface Places {
  readonly places: readonly Place[];
  readonly candidates: readonly Candidate[];
}

/** Where a container could run now, and why not elsewhere. Asks the platforms; changes nothing. */
export async function explainPlaces(world: World, container: Resource<'Container'>, signal: AbortSignal): Promise<Places> {
  const { providers, clock, secrets, launch } = world;
  const { spec } = container;
  const prepared = await launchSpec(container, { secrets, defaults: launch, now: clock.now() });
  if (prepared.do !== 'launch') return { places: providers.map(({ name }) => ({ platform: name, fits: false, why: prepared.message })), candidates: [] };
  const found = await markets(providers, { clock, forMs: tuned(world.tuning).marketMs }).look({ ...spec, platform: undefined }, prepared.spec, signal);
  const now = clock.now();
  const known = { now, standing: (pool: Pool) => world.experience?.standing(pool, now) ?? newcomer.standing(pool) };
  const places = found.map((market) => {
    const place = placeOf(spec, market, known);
    const elsewhere = spec.platform !== undefined && spec.platform !== market.platform;
    return elsewhere && place.fits ? { ...place, fits: false, why: `would fit, but the container asks for ${spec.platform}` } : place;
  });
  return { places, candidates: candidates(spec, found.filter(({ platform }) => spec.platform === undefined || platform === spec.platform), known) };
}
