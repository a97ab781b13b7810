/** Where a figure comes from. */
export interface Source {
  readonly name: string;
  /** `2026-06-15`, or no more of it than the source tells; absent where it tells none. */
  readonly date?: string | undefined;
}

/** One machine that a platform rents out. */
export interface Article {
  readonly platform: string;
  /** What the platform calls it, such as `p5.48xlarge`. */
  readonly type: string;
  /** Canonical name, such as `H100_SXM`. */
  readonly accelerator: string;
  readonly count: number;
  /** Of one accelerator, in GB as its vendor states it. */
  readonly memoryGB: number;
  readonly cpus?: number | undefined;
  readonly ramGiB?: number | undefined;
}

/** `spot` may be taken back by the cloud. */
export type Market = 'on-demand' | 'spot';

/** What an article costs in one region and market. */
export interface Figure extends Article {
  readonly region: string;
  readonly market: Market;
  /** US dollars for the whole machine, as a decimal string. */
  readonly pricePerHour: string;
  readonly source: Source;
  /** Why the source cannot be taken at its word. */
  readonly doubt?: string | undefined;
}

/** A figure that is not served, and why. */
export interface HeldFigure extends Figure {
  readonly reason: string;
}

/** Where an article is sold, whether or not its price is known. */
export interface Listing extends Article {
  readonly regions: readonly string[];
  readonly source: Source;
}

/** What of an article is served: the same in each of its regions. */
export interface Row extends Listing {
  readonly onDemand?: string | undefined;
  readonly spot?: string | undefined;
}

/** Names a figure, from one catalogue to the next: `aws/p5.48xlarge/us-east-1/spot`. */
export function figureKey({ platform, type, region, market }: Pick<Figure, 'platform' | 'type' | 'region' | 'market'>): string {
  return [platform, type, region, market].join('/');
}
