import { isNebError, NebError, turns, type Turns } from '@neb/core-types';
import type { Machine, MachineRequest } from '@neb/machines';
import { type Calls, filter } from './calls.ts';
import type { EbsDisks } from './disks.ts';
import { isAws } from './errors.ts';
import type { Images } from './images.ts';
import type { Ledger } from './ledger.ts';
import { type Owner, tags } from './names.ts';
import type { Network, Spot } from './network.ts';
import { type Article, articleOf } from './offer-id.ts';
import { machineOf, older, runInput } from './translate.ts';
import type { TypeZones } from './type-zones.ts';

/** What a purchase is made with. */
export interface Till {
  callsIn(region: string): Calls;
  readonly ledger: Ledger;
  readonly images: Images;
  readonly network: Network;
  readonly zones: TypeZones;
  readonly disks: EbsDisks;
  readonly diskGiB: number;
  readonly publicAddress: boolean;
  diskPriceIn(region: string): string;
}

/** Buys machines, one for a key. */
export interface Purchases {
  /** The machine of the request's fleet and key, bought where there is none, in the first zone that has one free. */
  machine(request: MachineRequest, signal: AbortSignal | undefined): Promise<Machine>;
}

/**
 * EC2's tokens make a purchase safe to repeat within its zone and no further. So each purchase looks first, those for one key
 * follow each other, and after a lost answer the zone that lost it is asked again before any other.
 */
export function purchases(till: Till): Purchases {
  const oneByOne: Turns = turns();
  return {
    machine: (request, signal) => oneByOne.take(`${request.fleet}/${request.key}`, async () => {
      signal?.throwIfAborted();
      const article = articleOf(request.offer);
      return (await boughtBefore(till, { ...request, region: article.region }, signal)) ?? (await buy(till, request, { article, signal }));
    }),
  };
}

const liveStates = ['pending', 'running', 'shutting-down', 'stopping', 'stopped'];

async function boughtBefore({ callsIn, ledger, publicAddress, diskPriceIn }: Till, { fleet, key, region }: Owner & { readonly region: string }, signal: AbortSignal | undefined): Promise<Machine | undefined> {
  const remembered = ledger.recent(fleet).filter((machine) => machine.key === key);
  const Filters = [filter(`tag:${tags.fleet}`, fleet), filter(`tag:${tags.key}`, key), filter('instance-state-name', ...liveStates)];
  const listed = await callsIn(region).describeInstances({ Filters }, signal);
  const found = [...listed.flatMap((instance) => machineOf(instance, { region, publicAddress, diskPricePerHour: diskPriceIn(region) }) ?? []), ...remembered].sort(older)[0];
  if (found) ledger.settled({ fleet, key });
  return found;
}

async function buy(till: Till, request: MachineRequest, { article, signal }: { readonly article: Article; readonly signal: AbortSignal | undefined }): Promise<Machine> {
  const { callsIn, ledger, images, network, zones, disks } = till;
  const calls = callsIn(article.region);
  const [imageId, spots, offered, diskZone] = await Promise.all([
    images.imageFor(article), network.spots(article.region), zones.of(article.region, article.type),
    disks.zoneOf(request.disks, article.region, signal),
  ]);
  const first = ledger.lostIn(request);
  const tried = spots.filter(({ zone }) => offered.includes(zone) && (diskZone === undefined || zone === diskZone)).sort((a, b) => Number(b.zone === first) - Number(a.zone === first));
  if (tried.length === 0) throw new NebError('no_capacity', diskZone === undefined ? `no zone of ${article.region} with a subnet has ${article.type}` : `${diskZone}, where its volumes are, has no ${article.type} or no subnet`);
  const [group, keyName] = await Promise.all([network.securityGroup(request.fleet, { region: article.region, vpcId: tried[0]!.vpcId }), network.keyPair(request, article.region)]);

  let refusal: NebError | undefined;
  for (const spot of tried) {
    signal?.throwIfAborted();
    try {
      return await buyAt(till, request, { article, spot, imageId, securityGroupId: group, keyName, calls });
    } catch (error) {
      if (!isNebError(error, 'no_capacity')) throw error;
      // Whatever was lost here, it bought nothing: its token would have found it.
      if (spot.zone === first) ledger.settled(request);
      refusal = error;
    }
  }
  throw new NebError('no_capacity', `EC2 has no ${article.market} ${article.type} free in ${tried.map(({ zone }) => zone).join(', ')}: ${refusal?.message ?? ''}`, { cause: refusal, details: refusal?.details });
}

interface At {
  readonly article: Article;
  readonly spot: Spot;
  readonly imageId: string;
  readonly securityGroupId: string;
  readonly keyName: string;
  readonly calls: Calls;
}

async function buyAt({ ledger, diskGiB, publicAddress, ...till }: Till, request: MachineRequest, { article, spot, imageId, securityGroupId, keyName, calls }: At): Promise<Machine> {
  const { fleet, key } = request;
  const input = runInput(request, { article, zone: spot.zone, subnetId: spot.subnetId, imageId, securityGroupId, keyName, diskGiB, publicAddress });
  try {
    // From here on it is bought, whether somebody still waits for it or not.
    const [instance] = await calls.runInstances(input);
    if (instance?.State?.Name === 'terminated') throw new NebError('conflict', `the machine of "${key}" has ended, and its key cannot buy another`, { hint: 'Use a new key.' });
    const machine = instance && machineOf({ ...instance, Tags: input.TagSpecifications?.[0]?.Tags }, { region: article.region, publicAddress, diskPricePerHour: till.diskPriceIn(article.region) });
    if (!machine) throw new NebError('uncertain', `EC2 answers the purchase of "${key}" without a machine`);
    ledger.settled(request);
    ledger.made(machine);
    return machine;
  } catch (error) {
    if (isNebError(error, 'uncertain')) ledger.lost(request, spot.zone);
    if (!isAws(error, 'IdempotentParameterMismatch')) throw error;
    // It was bought before, with an image or a script that is no longer asked for.
    const found = await boughtBefore({ ledger, diskGiB, publicAddress, ...till }, { fleet, key, region: article.region }, undefined);
    if (found) return found;
    throw new NebError('uncertain', `a machine for "${key}" was bought before, and EC2 does not show it yet`, { cause: error, retryAfterMs: lookAgainMs });
  }
}

const lookAgainMs = 5_000;
