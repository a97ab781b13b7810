import type { Offer, Provider } from '@neb/core-types';
import type { Market } from '../placement/plan.ts';
import type { Resource } from '../store.ts';
import type { Origin } from './begin.ts';
import { originOf } from './begin.ts';
import type { Scene } from './scene.ts';

export type SnapshotWanted = { readonly do: 'none' } | { readonly do: 'go'; readonly id: string; readonly origin: Origin } | { readonly do: 'wait' | 'fail'; readonly reason: string; readonly message: string };

/** What a container's next run goes on from. Its first one does, where its specification names a snapshot; later ones start the image. */
export async function snapshotWanted(scene: Scene, { spec, status, namespace }: Resource<'Container'>): Promise<SnapshotWanted> {
  if (spec.snapshot === undefined || status.started_at !== undefined) return { do: 'none' };
  const named = `the snapshot "${spec.snapshot}"`;
  const snapshot = await scene.world.store.find({ kind: 'Snapshot', namespace, name: spec.snapshot });
  if (!snapshot || snapshot.goneAt !== undefined) return { do: 'fail', reason: 'SnapshotMissing', message: `it is to go on from ${named}, which namespace ${namespace} does not have` };
  const { status: word, message } = snapshot.status;
  if (word === 'failed') return { do: 'fail', reason: 'SnapshotFailed', message: `it is to go on from ${named}, which could not be taken: ${message ?? 'nobody says why'}` };
  if (word === 'deleting' || word === 'deleted' || snapshot.deletedAt !== undefined) return { do: 'fail', reason: 'SnapshotMissing', message: `it is to go on from ${named}, which is being deleted` };
  if (word !== 'ready') return { do: 'wait', reason: 'SnapshotSaving', message: `waits for ${named}, which is being saved` };
  return { do: 'go', id: snapshot.id, origin: await originOf(scene, snapshot) };
}

/** The markets with only what a snapshot goes on at; why it would not is the refusal of the others. */
export async function whereFits(scene: Scene, { markets, origin }: { readonly markets: readonly Market[]; readonly origin: Origin }, signal: AbortSignal): Promise<readonly Market[]> {
  return await Promise.all(markets.map(async (market): Promise<Market> => {
    const provider = scene.provider(market.platform);
    if (!provider || market.offers.length === 0) return market;
    const no = unreachable(scene, provider, origin);
    if (no !== undefined) return { platform: market.platform, refusal: no, offers: [] };
    const whys = new Map<string, Promise<string | undefined>>();
    const why = (offer: Offer): Promise<string | undefined> => {
      const like = `${offer.region}/${offer.accelerator?.name ?? ''}`;
      const known = whys.get(like) ?? provider.suspend!.misfit(origin.facts, offer, { signal });
      whys.set(like, known);
      return known;
    };
    const judged = await Promise.all(market.offers.map(async (offer) => ({ offer, no: await why(offer) })));
    const offers = judged.filter((one) => one.no === undefined).map(({ offer }) => offer);
    return offers.length > 0 ? { ...market, offers } : { platform: market.platform, refusal: judged[0]!.no, offers: [] };
  }));
}

/** Why a snapshot cannot get to a platform at all. */
export function unreachable({ provider: named }: Pick<Scene, 'provider'>, target: Pick<Provider, 'name' | 'suspend'>, { platform, facts }: Origin): string | undefined {
  const { name, suspend } = target;
  if (!suspend || (facts.keeps === 'memory' && suspend.keeps !== 'memory')) return `${name} does not go on from snapshots of memory`;
  if (platform === name) return suspend.forks ? undefined : `${name} goes on from a snapshot in its place only`;
  if (!suspend.archives) return `no snapshot can be brought to ${name}`;
  return platform === undefined || named(platform)?.suspend?.archives ? undefined : `no snapshot can be taken away from ${platform}`;
}
