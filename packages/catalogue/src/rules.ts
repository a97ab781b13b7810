import { compareMoney, formatMoney, parseMoney } from '@neb/core-types';
import { bounds } from './bounds.ts';
import type { Figure } from './figure.ts';

/** What a figure is held against. */
export interface Compared {
  /** The price on demand of the same article in the same region. */
  readonly onDemand?: string | undefined;
  /** What the catalogue before had for the same article, region and market. */
  readonly earlier?: string | undefined;
  /** That somebody has looked again, and a jump is real; false by default. */
  readonly confirmed?: boolean | undefined;
}

const largestJump = 5n;

/** Why a figure must not be served, as a sentence's end such as "costs nothing"; `undefined` where nothing speaks against it. */
export function faultOf(figure: Figure, { onDemand, earlier, confirmed = false }: Compared = {}): string | undefined {
  const nanos = parseMoney(figure.pricePerHour);
  if (nanos === undefined) return `"${figure.pricePerHour}" is not a price`;
  if (nanos <= 0n) return 'costs nothing';
  if (figure.doubt !== undefined) return figure.doubt;
  return outOfBounds(figure, nanos) ?? dearerThanOnDemand(figure, onDemand) ?? (confirmed ? undefined : jump(nanos, earlier));
}

function outOfBounds({ accelerator, count }: Figure, nanos: bigint): string | undefined {
  const sensible = bounds[accelerator];
  if (!sensible) return `nobody has said what ${accelerator} may cost: give it bounds`;
  const each = formatMoney(nanos / BigInt(count));
  if (compareMoney(each, sensible.least) < 0) return `is $${each} for one ${accelerator}, less than the $${sensible.least} it costs at least`;
  if (compareMoney(each, sensible.most) > 0) return `is $${each} for one ${accelerator}, more than the $${sensible.most} it costs at most`;
  return undefined;
}

function dearerThanOnDemand({ market, pricePerHour }: Figure, onDemand: string | undefined): string | undefined {
  if (market !== 'spot' || onDemand === undefined || compareMoney(pricePerHour, onDemand) <= 0) return undefined;
  return `is $${pricePerHour} as spot, more than the $${onDemand} on demand`;
}

function jump(nanos: bigint, earlier: string | undefined): string | undefined {
  const before = earlier === undefined ? undefined : parseMoney(earlier);
  if (before === undefined || before <= 0n) return undefined;
  const far = nanos > before * largestJump || before > nanos * largestJump;
  return far ? `was $${earlier} before, more than ${largestJump} times off: look again, and confirm it` : undefined;
}
