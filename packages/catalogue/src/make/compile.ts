import { formatMoney, parseMoney } from '@neb/core-types';
import { type Figure, figureKey, type HeldFigure, type Listing, type Row } from '../figure.ts';
import { faultOf } from '../rules.ts';

/** What a catalogue is made of. */
export interface Material {
  readonly listings: readonly Listing[];
  readonly figures: readonly Figure[];
  /** The rows of the catalogue before, for prices that jumped since. */
  readonly earlier?: readonly Row[] | undefined;
  /** Keys of figures whose jump somebody has looked at, and found real. */
  readonly confirmed?: readonly string[] | undefined;
}

export interface Compiled {
  readonly rows: readonly Row[];
  readonly held: readonly HeldFigure[];
}

/** The catalogue of all that passes the rules. A figure that jumped leaves what was there before in its place. */
export function compile({ listings, figures, earlier = [], confirmed = [] }: Material): Compiled {
  const before = new Map(earlier.flatMap(figuresOf).map((figure) => [figureKey(figure), figure]));
  const good = new Map<string, Figure>();
  const held: HeldFigure[] = [];
  // What is on demand comes first: spot is held against it.
  for (const figure of figures.toSorted((a, b) => Number(a.market === 'spot') - Number(b.market === 'spot'))) {
    const key = figureKey(figure);
    const was = before.get(key);
    const against = { onDemand: good.get(figureKey({ ...figure, market: 'on-demand' }))?.pricePerHour, confirmed: confirmed.includes(key) };
    const reason = faultOf(figure, { ...against, earlier: was?.pricePerHour });
    // Sources write 3.50 where another writes 3.5.
    if (reason === undefined) good.set(key, { ...figure, pricePerHour: formatMoney(parseMoney(figure.pricePerHour)!) });
    else held.push({ ...figure, reason });
    if (reason !== undefined && was && faultOf(figure, against) === undefined) good.set(key, was);
  }
  return { rows: [...priced([...good.values()]), ...unpriced(listings, good)], held };
}

/** One row for each machine and its prices, in all regions where those are the same. */
function priced(figures: readonly Figure[]): readonly Row[] {
  const byPlace = Map.groupBy(figures, (figure) => figureKey({ ...figure, market: 'on-demand' }));
  const rows = [...byPlace.values()].map((here): Row => {
    const { region, market: _market, pricePerHour: _price, doubt: _doubt, ...article } = here[0]!;
    const priceIn = (market: Figure['market']): string | undefined => here.find((figure) => figure.market === market)?.pricePerHour;
    return { ...article, regions: [region], onDemand: priceIn('on-demand'), spot: priceIn('spot') };
  });
  const same = Map.groupBy(rows, ({ regions: _regions, ...row }) => JSON.stringify(row));
  return [...same.values()].map((alike) => ({ ...alike[0]!, regions: alike.flatMap(({ regions }) => regions) }));
}

/** What is sold where nothing good is known of its price. */
function unpriced(listings: readonly Listing[], good: ReadonlyMap<string, Figure>): readonly Row[] {
  const known = new Set([...good.values()].map(({ platform, type, region }) => [platform, type, region].join('/')));
  return listings.flatMap((listing) => {
    const regions = listing.regions.filter((region) => !known.has([listing.platform, listing.type, region].join('/')));
    return regions.length === 0 ? [] : [{ ...listing, regions }];
  });
}

function figuresOf({ onDemand, spot, regions, ...article }: Row): readonly Figure[] {
  return regions.flatMap((region) => [
    ...(onDemand === undefined ? [] : [{ ...article, region, market: 'on-demand' as const, pricePerHour: onDemand }]),
    ...(spot === undefined ? [] : [{ ...article, region, market: 'spot' as const, pricePerHour: spot }]),
  ]);
}
