/** The highest values of the last time, in parts of it: a fixed size, whatever the time. Plain JSON. */
export interface Peaks {
  /** When the latest part began, in milliseconds since the epoch. */
  readonly since: number;
  /** The highest of each part, the latest last. */
  readonly highest: readonly number[];
}

const parts = 5;

/** With one more value; of the last `windowMs` count, and up to a fifth more. A clock that was set back begins a part anew. Pure. */
export function withPeak(known: Peaks | undefined, value: number, { now, windowMs }: { readonly now: number; readonly windowMs: number }): Peaks {
  if (!known) return { since: now, highest: [value] };
  const partMs = Math.max(windowMs / parts, 1);
  const passed = Math.min(parts + 1, Math.floor(Math.max(0, now - known.since) / partMs));
  if (passed === 0) {
    const latest = Math.max(value, known.highest.at(-1) ?? 0);
    return { since: Math.min(known.since, now), highest: [...known.highest.slice(0, -1), latest] };
  }
  const unseen = Array<number>(passed - 1).fill(value);
  return { since: known.since + passed * partMs > now - partMs ? known.since + passed * partMs : now, highest: [...known.highest, ...unseen, value].slice(-parts - 1) };
}

/** The highest of all. Pure. */
export function highest({ highest: of }: Peaks): number {
  return Math.max(0, ...of);
}
