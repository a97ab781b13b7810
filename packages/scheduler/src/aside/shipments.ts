import type { Call, Clock, Snapshot } from '@neb/core-types';

/** How far a snapshot is on its way to another platform. */
export type Shipment = { readonly do: 'wait'; readonly doneBytes: number } | { readonly do: 'arrived'; readonly snapshot: Snapshot } | { readonly do: 'failed'; readonly error: unknown };

/** Snapshots that this process carries, which takes longer than a pass may. One that a crash cut off is begun anew by who is asked next. */
export interface Shipments {
  /** Begins to carry under `key` what is not under way here, waits a moment, and tells how far it is. The end is told once. */
  carry(key: string, work: (count: (bytes: number) => void, call: Call) => Promise<Snapshot>): Promise<Shipment>;
}

const momentMs = 100;
const idleMs = 3_600_000;

export function shipments(clock: Clock): Shipments {
  const underWay = new Map<string, { doneBytes: number; end?: Shipment; readonly work: Promise<void> }>();

  return {
    async carry(key, work) {
      const known = underWay.get(key) ?? begin(key, work);
      if (!known.end) {
        const stop = new AbortController();
        await Promise.race([known.work, clock.sleep(momentMs, stop.signal)]);
        stop.abort();
      }
      if (!known.end) return { do: 'wait', doneBytes: known.doneBytes };
      underWay.delete(key);
      return known.end;
    },
  };

  function begin(key: string, work: Parameters<Shipments['carry']>[1]): { doneBytes: number; end?: Shipment; readonly work: Promise<void> } {
    const limit = new AbortController();
    const watch = new AbortController();
    void clock.sleep(idleMs, watch.signal).then(() => limit.abort());
    const count = (bytes: number): void => { one.doneBytes += bytes; };
    const one: { doneBytes: number; end?: Shipment; work: Promise<void> } = { doneBytes: 0, work: Promise.resolve() };
    one.work = work(count, { signal: limit.signal }).then(
      (snapshot) => { one.end = { do: 'arrived', snapshot }; },
      (error: unknown) => { one.end = { do: 'failed', error }; },
    ).finally(() => { watch.abort(); });
    underWay.set(key, one);
    return one;
  }
}

/** `chunks`, each counted as it passes. */
export async function* counted(chunks: AsyncIterable<Uint8Array>, count: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk;
    count(chunk.byteLength);
  }
}
