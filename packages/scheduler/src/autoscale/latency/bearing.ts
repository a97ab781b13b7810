import { type Load, handSeconds } from './load.ts';
import type { SanePolicy } from './latency-policy.ts';

/** What one replica bears, as learnt: requests at once, without those that only queue in it. */
export interface Bearing {
  /** The most that was borne with the latency within its limit. */
  readonly least: number;
  /** What brought the latency to its limit. */
  readonly most?: number | undefined;
}

/** What was too much is believed for less and less: in so long a replica may have come to bear twice as much. */
const doubtMs = 6 * 3_600_000;

/** What is known of it so much later. Pure. */
export function doubted({ least, most }: Bearing, ms: number): Bearing {
  return { least, ...(most === undefined ? {} : { most: most * 2 ** (Math.max(0, ms) / doubtMs) }) };
}

/** How many requests each replica works on at once, going by what it finishes. Pure. */
export function worksOn(load: Load, { ready, policy }: { readonly ready: number; readonly policy: SanePolicy }): number {
  return ready > 0 ? (load.answered * requestSeconds(load, policy)) / ready : 0;
}

/** Of what was borne within the limit for a moment this part is no chance. */
const certain = 0.9;

/** What is known once so much was borne within the limit: a limit that is passed was none. Pure. */
export function borne({ least, most }: Bearing, works: number): Bearing {
  return { least: Math.max(least, works), ...(most === undefined ? {} : { most: Math.max(most, certain * works) }) };
}

/** What is known once so much was too much. Pure. */
export function tooMuch({ least, most }: Bearing, works: number): Bearing {
  const limit = Math.min(most ?? Infinity, works);
  return { least: Math.min(least, limit), most: limit };
}

/** How many requests at once a replica bears; infinite while nobody knows. Pure. */
export function bears({ most }: Bearing, { maxInFlight }: SanePolicy): number {
  return Math.min(most ?? Infinity, maxInFlight ?? Infinity);
}

/** For how long a request keeps a replica busy, in seconds: until a few were answered, as long as is thought fast. Pure. */
export function requestSeconds(load: Load, { down: { belowMs } }: SanePolicy): number {
  return handSeconds(load) ?? belowMs / 1_000;
}
