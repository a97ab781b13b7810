import type { UsageEvent } from './event.ts';

/** How much is sent at once. */
export interface BatchLimits {
  /** 1,000 if absent. */
  readonly events?: number | undefined;
  /** Of their JSON; 1,000,000 if absent. An event that is longer goes alone. */
  readonly bytes?: number | undefined;
}

/** An event with the ledger's position of its fact. */
export interface Placed {
  readonly position: number;
  readonly event: UsageEvent;
}

/** Cuts events into batches within the limits, in order. Pure. */
export function batchesOf(placed: readonly Placed[], { events = 1_000, bytes = 1_000_000 }: BatchLimits = {}): readonly (readonly Placed[])[] {
  const batches: Placed[][] = [];
  let size = 0;
  for (const one of placed) {
    const length = Buffer.byteLength(JSON.stringify(one.event)) + 1;
    const last = batches.at(-1);
    if (last && last.length < events && size + length <= bytes) {
      last.push(one);
      size += length;
    } else {
      batches.push([one]);
      size = length;
    }
  }
  return batches;
}
