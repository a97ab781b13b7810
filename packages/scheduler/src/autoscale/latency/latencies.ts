/** Times to the first byte of the last answers, as counts by size. They fade: what came seconds ago counts less, unless little came since. Plain JSON. */
export interface Latencies {
  /** When the last of them came, in milliseconds since the epoch. */
  readonly at: number;
  /** Size class and how many answers are in it, the fastest first. */
  readonly counts: readonly (readonly [size: number, count: number])[];
}

/** Each class reaches from the one before by this factor; class 0 ends at 1 ms. */
const step = 1.2;
const mostSize = Math.ceil(Math.log(3_600_000) / Math.log(step));
const fadeMs = 5_000;
/** Where fewer than so many answers are known, each is kept for longer, so that one is not taken for the rule. */
const fewAnswers = 100;
const longFadeMs = 60_000;
const worthKeeping = 0.05;

/** With those that came up to `at`: a sample of so many answers. Pure. */
export function withLatencies(known: Latencies | undefined, { at, answered, latenciesMs }: { readonly at: number; readonly answered: number; readonly latenciesMs: readonly number[] }): Latencies | undefined {
  if (latenciesMs.length === 0) return known;
  const ms = known ? Math.max(0, at - known.at) : 0;
  const fading = Math.exp(-ms / (known && answersIn(known) > fewAnswers ? fadeMs : longFadeMs));
  const counts = new Map(known?.counts.map(([size, count]) => [size, count * fading]));
  const each = Math.max(answered, latenciesMs.length) / latenciesMs.length;
  for (const latency of latenciesMs) counts.set(sizeOf(latency), (counts.get(sizeOf(latency)) ?? 0) + each);
  return { at, counts: [...counts].filter(([, count]) => count >= worthKeeping).map(([size, count]) => [size, Math.round(count * 1_000) / 1_000] as const).toSorted(([a], [b]) => a - b) };
}

/** The time that `share` of the answers did not take longer than, in milliseconds; `undefined` of none. Pure. */
export function latencyAt(share: number, known: Latencies | undefined): number | undefined {
  if (!known || known.counts.length === 0) return undefined;
  let left = share * answersIn(known);
  for (const [size, count] of known.counts) {
    if (left <= count) return step ** (size - 1 + Math.max(0, left) / count);
    left -= count;
  }
  return step ** known.counts.at(-1)![0];
}

function answersIn({ counts }: Latencies): number {
  return counts.reduce((sum, [, count]) => sum + count, 0);
}

function sizeOf(latencyMs: number): number {
  return latencyMs > 1 ? Math.min(mostSize, Math.ceil(Math.log(latencyMs) / Math.log(step))) : 0;
}
