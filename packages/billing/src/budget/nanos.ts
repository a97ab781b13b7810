import { decimal } from '../money/decimal.ts';

const places = 9;
const hourMs = 3_600_000n;

/** Billionths of a currency unit of a decimal of any length, rounded up: what is spent is never taken for less. */
export function nanosOf(text: string): bigint {
  const { digits, places: given } = decimal(text);
  if (given <= places) return digits * 10n ** BigInt(places - given);
  const unit = 10n ** BigInt(given - places);
  const down = digits / unit;
  return digits % unit > 0n ? down + 1n : down;
}

/** What so long at so much an hour comes to, rounded up. */
export function over(nanosPerHour: bigint, ms: number): bigint {
  return ceiling(nanosPerHour * BigInt(Math.max(0, Math.ceil(ms))), hourMs);
}

/** How long so much lasts, in whole milliseconds: a moment later it is spent. `Infinity` where nothing is spent. */
export function msUntil(nanos: bigint, nanosPerHour: bigint): number {
  if (nanos <= 0n) return 0;
  return nanosPerHour <= 0n ? Infinity : Number((nanos * hourMs) / nanosPerHour);
}

function ceiling(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
