import { type CreateRequest, isNebError, NebError, turns, type Turns } from '@neb/core-types';
import type { CreatePod, RunpodClient } from './client.ts';
import type { Credentials } from './credentials.ts';
import type { Ledger } from './ledger.ts';
import { type Owner, variables } from './names.ts';
import { articleOf } from './offer-id.ts';
import type { PodList } from './pod-list.ts';
import type { Pod } from './replies.ts';
import type { SpotMarket } from './spot.ts';
import { createBody, isGone, type Placement } from './translate.ts';
import type { Volumes } from './volumes.ts';

/** What a purchase is made with. */
export interface Till {
  readonly client: Pick<RunpodClient, 'createPod' | 'getPod'>;
  readonly market: Pick<SpotMarket, 'rent'>;
  readonly list: PodList;
  readonly ledger: Ledger;
  readonly volumes: Volumes;
  readonly credentials: Credentials;
  readonly placement: Pick<Placement, 'baseUrl' | 'diskGB' | 'workspaceGB' | 'keys'>;
}

/** Buys pods, one for a key. */
export interface Purchases {
  /** The pod of the request's fleet and key, bought where there is none. Rejects with `uncertain` where nobody can tell yet. */
  pod(request: CreateRequest, signal: AbortSignal | undefined): Promise<Pod>;
}

/** RunPod has no idempotency key: each purchase looks first, and those for one key follow each other. */
export function purchases(till: Till): Purchases {
  const oneByOne: Turns = turns();
  return {
    pod: (request, signal) => oneByOne.take(`${request.fleet}/${request.key}`, async () => {
      signal?.throwIfAborted();
      return (await boughtBefore(till, request, signal)) ?? (await buy(till, request, signal));
    }),
  };
}

async function boughtBefore({ client, list, ledger }: Till, owner: Owner, signal: AbortSignal | undefined): Promise<Pod | undefined> {
  const entry = ledger.of(owner);
  const pods = (await list.fresh(signal)).filter((pod) => !isGone(pod) && owns(owner, pod)).sort(older);
  const found = pods.find(({ id }) => entry?.kind === 'made' && id === entry.podId) ?? pods[0];
  if (found) {
    ledger.made(owner, found.id);
    return found;
  }
  if (entry?.kind === 'lost') {
    throw new NebError('uncertain', `an earlier answer of RunPod for "${owner.key}" was lost, and its lists may not show yet what was bought`, { retryAfterMs: entry.restMs });
  }
  const unlisted = entry && (await client.getPod(entry.podId, signal));
  return unlisted && !isGone(unlisted) ? unlisted : undefined;
}

async function buy(till: Till, request: CreateRequest, signal: AbortSignal | undefined): Promise<Pod> {
  const { fleet, spec, offer } = request;
  const volume = await till.volumes.mounted({ fleet, spec, dataCenter: articleOf(offer).dataCenter, signal });
  try {
    const pod = await paid(till, request, { volume: volume?.mount, signal });
    await volume?.settle('made');
    return pod;
  } catch (error) {
    const made = till.ledger.of(request)?.kind === 'made';
    await volume?.settle(made ? 'made' : isNebError(error, 'uncertain') ? 'uncertain' : 'refused');
    throw error;
  }
}

async function paid(till: Till, request: CreateRequest, { volume, signal }: Pick<Placement, 'volume'> & { readonly signal: AbortSignal | undefined }): Promise<Pod> {
  const { client, list, ledger, credentials, placement } = till;
  const { spec, offer } = request;
  const registry = spec.registry && (await credentials.lend(request, spec.registry, signal));
  try {
    signal?.throwIfAborted();
    // From here on it is bought, whether somebody still waits for it or not.
    const body = createBody(request, { ...placement, volume, registry });
    const pod = articleOf(offer).spot ? await rent(till, request, body) : await client.createPod(body, undefined);
    ledger.made(request, pod.id);
    return pod;
  } catch (error) {
    // A pod that is there goes on to need its credential, whatever became of the look at it.
    if (ledger.of(request)?.kind === 'made') throw error;
    if (isNebError(error, 'uncertain')) ledger.lost(request);
    else if (registry !== undefined) await credentials.takeBack(registry);
    throw error;
  } finally {
    list.forget();
  }
}

/** Bids what the offer says. REST tells the rest. */
async function rent({ market, client, ledger }: Till, request: CreateRequest, body: CreatePod): Promise<Pod> {
  const { count } = articleOf(request.offer);
  const id = await market.rent(body, Number(request.offer.pricePerHour) / count, undefined);
  ledger.made(request, id);
  const pod = await client.getPod(id, undefined);
  if (pod) return pod;
  throw new NebError('unavailable', `RunPod does not show pod ${id} yet, which it has just made`, { retryAfterMs: 2_000 });
}

function owns({ fleet, key }: Owner, { env }: Pod): boolean {
  return env[variables.fleet] === fleet && env[variables.key] === key;
}

/** Of two pods with one key, which only RunPod itself can have made of one request, always the same is the one. */
function older(a: Pod, b: Pod): number {
  return a.createdAt === b.createdAt ? (a.id < b.id ? -1 : 1) : a.createdAt < b.createdAt ? -1 : 1;
}
