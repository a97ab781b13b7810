import { type Call, type Clock, collect, type Offer, type OfferQuery, type Provider, timestamp } from '@neb/core-types';
import type { OfferView } from '@neb/sdk/contract';
import { inTime } from '../in-time.ts';
import { remembered } from '../remembered.ts';

/** What `provider` could run now; with machines of so many accelerators each, where it does not tell of them by itself. Rejects where it does not answer. */
export type LiveOffers = (provider: Provider, counts: readonly number[]) => Promise<readonly OfferView[]>;

/** For how long an answer serves all who ask. */
const forMs = 15_000;
/** Nobody puts more into one machine. */
const mostAccelerators = 16;

/** What platforms offer, remembered for seconds. */
export function liveOffers(clock: Clock): LiveOffers {
  const recent = remembered<Told>(clock, forMs);
  const told = (provider: Provider, key: string, query: OfferQuery = {}): Promise<Told> =>
    recent(`${provider.name} ${key}`, async () => ({ at: clock.now(), offers: await inTime((call) => inAllMarkets(provider, query, call)) }));

  return async (provider, counts) => {
    const first = await told(provider, 'all');
    const names = [...new Set(first.offers.flatMap(({ accelerator }) => accelerator?.name ?? []))];
    // Clouds tell of one of each accelerator, and of more only where they are asked for as many.
    const isTold = (count: number): boolean => count === 1 && first.offers.some(({ accelerator }) => accelerator?.count === 1);
    const missing = names.length === 0 ? [] : counts.filter((count) => count <= mostAccelerators && !isTold(count));
    const more = await Promise.all(missing.map((count) => told(provider, String(count), { accelerators: names.map((name) => ({ name, count })) })));
    const known = new Set(first.offers.map(({ id }) => id));
    return [first, ...more.map(({ at, offers }) => ({ at, offers: offers.filter(({ id }) => !known.has(id)) }))]
      .flatMap(({ at, offers }) => paired(offers).map((pair) => viewOf(provider.name, pair, at)));
  };
}

interface Told {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly offers: readonly Offer[];
}

/** On demand, and at spot where the platform tells of it only to who asks. */
async function inAllMarkets(provider: Provider, query: OfferQuery, call: Call): Promise<readonly Offer[]> {
  const ask = (one: OfferQuery): Promise<readonly Offer[]> => collect(provider.offers(one, call));
  const [offers, spots = []] = await Promise.all([ask(query), ...(provider.traits.spot ? [ask({ ...query, spot: true })] : [])]);
  const known = new Set(offers.map(({ id }) => id));
  return [...offers, ...spots.filter(({ id, spot }) => spot && !known.has(id))];
}

/** One machine in the markets where it is sold; at least one of both. */
interface Pair {
  readonly onDemand?: Offer | undefined;
  readonly spot?: Offer | undefined;
}

/** What differs only in its market is one line with two prices. */
function paired(offers: readonly Offer[]): readonly Pair[] {
  const spots = Map.groupBy(offers.filter(({ spot }) => spot), machine);
  const firm = offers.filter(({ spot }) => !spot).map((onDemand): Pair => ({ onDemand, spot: spots.get(machine(onDemand))?.shift() }));
  return [...firm, ...[...spots.values()].flat().map((spot) => ({ spot }))];
}

function machine({ region, accelerator, cpus, memoryGiB, available }: Offer): string {
  return JSON.stringify([region, accelerator?.name, accelerator?.count, cpus, memoryGiB, available]);
}

function viewOf(platform: string, { onDemand, spot }: Pair, at: number): OfferView {
  const { region, accelerator, cpus, memoryGiB, available } = (onDemand ?? spot)!;
  return {
    platform, region, available, from: 'live', as_of: timestamp(at), count: accelerator?.count ?? 0,
    ...(accelerator && { accelerator: accelerator.name }),
    ...(accelerator?.memoryGiB !== undefined && { memory_gib: accelerator.memoryGiB }),
    ...(cpus !== undefined && { cpus }),
    ...(memoryGiB !== undefined && { ram_gib: memoryGiB }),
    ...(onDemand && { price_per_hour: onDemand.pricePerHour }),
    ...(spot && { spot_price_per_hour: spot.pricePerHour }),
  };
}
