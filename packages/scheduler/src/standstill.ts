import type { Clock } from '@neb/core-types';

/** A while in which services and processors are left as they are. */
export interface Standstill {
  /** Begins one, or prolongs the one there is: it is over that long after it was last asked for. */
  ask(): void;
  /** Aborts when one begins; aborted as long as one lasts. */
  readonly begun: AbortSignal;
  /** Resolves when none lasts, or `signal` aborts. */
  over(signal: AbortSignal): Promise<void>;
}

export function standstill(clock: Clock, lastsMs: number): Standstill {
  let untilMs = -Infinity;
  let current = new AbortController();
  return {
    ask() {
      untilMs = clock.now() + lastsMs;
      current.abort();
    },
    get begun() { return current.signal; },
    async over(signal) {
      while (!signal.aborted && clock.now() < untilMs) await clock.sleep(untilMs - clock.now(), signal);
      if (current.signal.aborted && clock.now() >= untilMs) current = new AbortController();
    },
  };
}

/** Does it again after each standstill, until `signal` aborts; what it does ends when its own signal aborts. */
export async function betweenStandstills(still: Standstill, signal: AbortSignal, does: (signal: AbortSignal) => Promise<void>): Promise<void> {
  for (;;) {
    await still.over(signal);
    if (signal.aborted) return;
    await does(AbortSignal.any([signal, still.begun]));
  }
}
