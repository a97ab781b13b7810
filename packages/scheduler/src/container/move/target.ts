import { type Asked, compareMoney, type InstanceRef, type Snapshot, type SnapshotRef } from '@neb/core-types';
import { type Choice, type Market, plan } from '../../placement/plan.ts';
import type { Resource } from '../../store.ts';
import type { Origin } from '../begin.ts';
import { unreachable, whereFits } from '../fitting.ts';
import { launchSpec } from '../launch-spec.ts';
import type { Scene } from '../scene.ts';

/** Where a container is to go on, or why it stays where it is, in words for its owner. */
export type Target = { readonly do: 'go'; readonly choice: Choice } | { readonly do: 'stay'; readonly why: string };

/** Where it was asked to go. */
export type Destination = Pick<Extract<Asked, { do: 'move' }>, 'platform' | 'region' | 'cheapest' | 'interrupted' | 'connections'>;

/** Chooses where a container that runs is to go on. Asks the platforms; stops and writes nothing. */
export async function moveTarget(scene: Scene, { container, to }: { readonly container: Resource<'Container'>; readonly to: Destination }, signal: AbortSignal): Promise<Target> {
  const { world } = scene;
  const { spec, status: { attempt } } = container;
  const stay = (why: string): Target => ({ do: 'stay', why });
  const source = scene.provider(attempt?.platform ?? '');
  if (!attempt?.ref || !source) return stay('it does not run');
  if (!source.suspend) return stay(`${source.name} puts nothing aside, so nothing can be taken away from there`);
  const request = { key: `${attempt.key}-ask`, fleet: await scene.fleet(), then: 'suspend', for: 'any', ...(to.connections && { connections: to.connections }) } as const;
  const refusal = await source.suspend.refusal(attempt.ref as InstanceRef, request, { signal });
  if (refusal !== undefined) return stay(refusal);
  if (to.platform !== undefined && !scene.provider(to.platform)) return stay(`there is no platform ${to.platform}; \`neb get platforms\` lists those there are`);
  const prepared = await launchSpec(container, { secrets: world.secrets, defaults: world.launch, now: world.clock.now() });
  if (prepared.do !== 'launch') return stay(prepared.message);

  const wish = { ...spec, platform: to.platform, region: to.region ?? (to.platform === undefined || to.platform === spec.platform ? spec.region : undefined) };
  const offered = await scene.markets.look(wish, prepared.spec, { signal });
  const facts: Snapshot = { ref: '' as SnapshotRef, key: request.key, of: attempt.key, state: 'ready', keeps: source.suspend.keeps, made: (await source.suspend.origin?.(attempt.ref as InstanceRef, { signal })) ?? {} };
  const origin: Origin = { platform: source.name, facts };
  const elsewhere = offered.filter(({ platform }) => (to.platform === undefined || platform === to.platform) && (platform !== source.name || to.region !== undefined || to.interrupted === true)).map((market) => narrowed(market, { attempt, to }));
  // Without knowing what it needs, only what can never be is out of the question: the rest is seen once it is saved.
  const fitting = source.suspend.origin ? await whereFits(scene, { markets: elsewhere, origin }, signal) : elsewhere.map((market) => reachable(scene, market, origin));
  const now = world.clock.now();
  const chosen = plan(wish, fitting, { now, standing: (pool) => scene.experience.standing(pool, now) });
  if (chosen.do === 'take') return { do: 'go', choice: chosen };
  if (to.platform === source.name && to.region === undefined && !to.interrupted) return stay(`it runs on ${source.name} already`);
  return stay(elsewhere.length === 0 ? 'there is no other platform' : chosen.message);
}

interface Leaving {
  readonly attempt: { readonly platform: string; readonly region: string; readonly price_per_hour: string };
  readonly to: Destination;
}

function narrowed(market: Market, { attempt, to: { cheapest, interrupted } }: Leaving): Market {
  // Where an instance is taken away the next one may be had.
  const isOther = ({ region }: { readonly region: string }): boolean => interrupted === true || market.platform !== attempt.platform || region !== attempt.region;
  const offers = market.offers.filter((offer) => isOther(offer) && (!cheapest || compareMoney(offer.pricePerHour, attempt.price_per_hour) < 0));
  if (cheapest && market.offers.length > 0 && offers.length === 0) return { platform: market.platform, refusal: `has nothing below the $${attempt.price_per_hour}/h that it costs now`, offers: [] };
  return { ...market, offers };
}

function reachable(scene: Scene, market: Market, origin: Origin): Market {
  const provider = scene.provider(market.platform);
  const no = provider && unreachable(scene, provider, origin);
  return no === undefined ? market : { platform: market.platform, refusal: no, offers: [] };
}
