import { fraction, type Random } from './random.ts';

export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** The wait after `failures` failures before this one: `firstMs`, doubling up to `maxMs`. */
export function doubling(failures: number, { firstMs, maxMs }: Backoff): number {
  return Math.min(firstMs * 2 ** Math.min(failures, 40), maxMs);
}

/** `ms` give or take a fifth, so that what failed together is not tried again together. */
export function jittered(ms: number, random: Random): number {
  return Math.round(ms * (0.8 + 0.4 * fraction(random)));
}

/** A wait that grows with how long something has lasted already, so that no count of tries need be kept. */
export function growing(lastedMs: number, { firstMs, maxMs }: Backoff): number {
  return Math.min(Math.max(firstMs, lastedMs / 2), maxMs);
}

/** A rest of minutes, give or take, so that those who take one do not wake all at once, as after a start of the server; a shorter one as it is. */
export function spread(ms: number, random: Random): number {
  return ms < 60_000 ? ms : jittered(ms / 1.2, random);
}
