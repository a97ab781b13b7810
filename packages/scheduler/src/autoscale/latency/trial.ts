import type { Bearing } from './bearing.ts';

/** Replicas that were added because the latency was above its limit, although nothing else said that there were too few: it has to show that they help. */
export interface Trial {
  readonly at: number;
  readonly from: number;
  readonly to: number;
  /** Before: latency in milliseconds, and answers a second. */
  readonly latencyMs: number;
  readonly answered: number;
  /** What a replica bears, if it helps. */
  readonly bearing: Bearing;
}

/** More replicas did not help: whatever the requests wait for is not a replica. */
export interface Useless {
  readonly since: number;
  /** When it is worth trying again. */
  readonly until: number;
  /** How often in a row. */
  readonly times: number;
  readonly added: number;
}

const firstRestMs = 120_000;
const longestRestMs = 1_800_000;

/** Whether it helped: a tenth less latency, or so many more answers as the replicas make one expect, by half at least. Pure. */
export function hasHelped({ from, latencyMs, answered }: Trial, now: { readonly latencyMs: number; readonly answered: number; readonly ready: number }): boolean {
  const grown = now.ready / Math.max(from, 1) - 1;
  return now.latencyMs <= 0.9 * latencyMs || now.answered >= answered * (1 + grown / 2);
}

/** It did not, once more: each time the rest is twice as long, from 2 to 30 minutes. Pure. */
export function useless({ from, to }: Trial, { now, before }: { readonly now: number; readonly before: Useless | undefined }): Useless {
  const times = (before?.times ?? 0) + 1;
  return { since: now, until: now + Math.min(longestRestMs, firstRestMs * 2 ** (times - 1)), times, added: to - from };
}
