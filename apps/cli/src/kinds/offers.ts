import type { OffersView, OfferView } from '@neb/sdk';
import { statusColour } from '../render/style.ts';
import type { Column } from '../render/table.ts';
import type { Shown } from './listing.ts';
import type { Moment } from './moment.ts';

/** Offers with an accelerator; those without are `neb get platforms`' business. */
export const shownAccelerators: Shown<OfferView> = {
  columns: offerColumns, name: (offer) => `accelerator/${offer.accelerator ?? 'none'}`, id: (offer) => offer.accelerator ?? '',
  async list(neb, { offers: asked = {} }, session) {
    const { offers, unanswered } = await neb.offers(asked, session);
    const items = offers.filter(({ accelerator }) => accelerator !== undefined);
    return { items, notes: [...unanswered.map(silence), ...catalogueNote(items)] };
  },
};

function offerColumns({ now, style }: Moment): readonly Column<OfferView>[] {
  return [
    { title: 'ACCELERATOR', alias: 'name', cell: (o) => o.accelerator ?? '' },
    { title: 'COUNT', cell: (o) => String(o.count), data: (o) => o.count, side: 'right' },
    { title: 'MEMORY', cell: (o) => (o.memory_gib === undefined ? '' : `${o.memory_gib} GB`), data: (o) => o.memory_gib, side: 'right' },
    { title: 'CPUS', cell: (o) => number(o.cpus), data: (o) => o.cpus, side: 'right' },
    { title: 'RAM', cell: (o) => (o.ram_gib === undefined ? '' : `${number(o.ram_gib)} GiB`), data: (o) => o.ram_gib, side: 'right' },
    { title: 'PLATFORM', cell: (o) => o.platform },
    { title: 'REGION', cell: regions, data: (o) => o.region, shrinks: true },
    { title: 'PRICE', cell: (o) => price(o.price_per_hour), data: (o) => o.price_per_hour, side: 'right' },
    { title: 'SPOT', cell: (o) => price(o.spot_price_per_hour), data: (o) => o.spot_price_per_hour, side: 'right' },
    { title: 'STOCK', cell: stock, data: (o) => o.available, colour: (o, text) => statusColour(o.available, style)(text) },
    { title: 'AGE', cell: (o) => ageOf(o, now), data: (o) => o.as_of, side: 'right' },
    { title: 'TYPE', wide: true, cell: (o) => o.type ?? '' },
    { title: 'SOURCE', wide: true, cell: (o) => (o.from === 'live' ? 'live' : `catalogue: ${[o.source, o.as_of].filter((part) => part !== undefined).join(', ')}`) },
  ];
}

/** The first region, and how many more have the very same. */
function regions({ region, also_in: others = [] }: OfferView): string {
  return others.length === 0 ? region : `${region} +${others.length}`;
}

function stock({ available }: OfferView): string {
  return available === 'unknown' ? '' : available === 'yes' ? 'yes' : 'none';
}

const dayMs = 86_400_000;

/** `live`, or for how many days the figure may have been wrong. */
function ageOf({ from, as_of: at }: OfferView, now: number): string {
  if (from === 'live') return 'live';
  return at === undefined ? 'undated' : `${Math.max(0, Math.floor((now - Date.parse(at)) / dayMs))}d`;
}

function silence({ platform, message, hint }: OffersView['unanswered'][number]): string {
  return `${platform} did not tell what it has: ${message}${hint === undefined ? '' : `\n${hint}`}`;
}

/** Which figures are not the clouds' own, and how old they are. */
function catalogueNote(items: readonly OfferView[]): readonly string[] {
  const newest = new Map<string, string>();
  for (const { platform, from, as_of: at = '' } of items) if (from === 'catalogue' && at >= (newest.get(platform) ?? '')) newest.set(platform, at);
  if (newest.size === 0) return [];
  const dated = [...newest].map(([platform, at]) => `${platform} (${at === '' ? 'undated' : at})`).join(', ');
  return [`Of a bundled catalogue, not of the cloud itself: ${dated}. neb get platforms tells what brings live figures.`];
}

const price = (amount: string | undefined): string => (amount === undefined ? '' : `$${amount}`);
const number = (value: number | undefined): string => (value === undefined ? '' : String(Math.round(value * 10) / 10));
