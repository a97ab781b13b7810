import catalogue from './catalogue.json' with { type: 'json' };
import type { HeldFigure, Row } from './figure.ts';

/** What a platform sells, as the catalogue knows it. */
export interface CatalogueOffer extends Omit<Row, 'onDemand' | 'spot'> {
  /** US dollars on demand, as a decimal string; absent where nobody knows. */
  readonly pricePerHour?: string | undefined;
  /** The same of a machine that may be taken back. */
  readonly spotPricePerHour?: string | undefined;
  /** How old the figures are, from the beginning of the day, month or year that their source tells; absent where it tells none. */
  readonly ageMs?: number | undefined;
}

// Made by `pnpm generate`, and held to the rules by a test.
const { rows, held } = catalogue as unknown as { readonly rows: readonly Row[]; readonly held: readonly HeldFigure[] };

/** What `platform` sells, in the order of the catalogue; nothing where it does not know it. Asks nobody. `now` is in milliseconds since the epoch. */
export function catalogueOffers(platform: string, { now }: { readonly now: number }): readonly CatalogueOffer[] {
  return rows.filter((row) => row.platform === platform).map(({ onDemand, spot, ...row }) => ({
    ...row,
    ...(onDemand !== undefined && { pricePerHour: onDemand }),
    ...(spot !== undefined && { spotPricePerHour: spot }),
    ...(row.source.date !== undefined && { ageMs: Math.max(0, now - Date.parse(row.source.date)) }),
  }));
}

/** The platforms that it knows. */
export function cataloguePlatforms(): readonly string[] {
  return [...new Set(rows.map(({ platform }) => platform))];
}

/** The figures that the sources have and that are not served, each with the reason. */
export function heldFigures(): readonly HeldFigure[] {
  return held;
}
