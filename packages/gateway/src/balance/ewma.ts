/** How long a replica takes to begin its answers: at once up, slowly down. */
export interface Latency {
  /** Milliseconds. */
  readonly ms: number;
  /** When it was last looked at. */
  readonly at: number;
}

/** After this many milliseconds a peak counts for about a third. */
export const decayMs = 10_000;

/** A replica of which nothing is known: the first answers tell. */
export const unknownLatency: Latency = { ms: 0, at: 0 };

/** What is known after an answer that took `tookMs` to begin. A peak is taken as it is, what is quicker only counts with time. */
export function afterAnswer(before: Latency, tookMs: number, now: number): Latency {
  if (before.at === 0 || tookMs >= before.ms) return { ms: tookMs, at: now };
  const kept = Math.exp(-Math.max(0, now - before.at) / decayMs);
  return { ms: before.ms * kept + tookMs * (1 - kept), at: now };
}

/**
 * How long one more request would take, as far as is known; the lower the better. What was once slow and is not asked
 * any more becomes worth a try with time. Of two of which nothing is known the one with less to do is better.
 */
export function costOf(latency: Latency, inFlight: number, now: number): number {
  const ms = latency.at === 0 ? 0 : latency.ms * Math.exp(-Math.max(0, now - latency.at) / decayMs);
  return (ms + floorMs) * (inFlight + 1);
}

/** Below it latencies are noise, and load counts. */
const floorMs = 0.1;
