import type { Clock } from '../clock.ts';

/** A clock that its owner moves. */
export interface FakeClock extends Clock {
  /** Moves time forward, waking the sleepers whose time has come, in order. */
  advance(ms: number): void;
  /** Milliseconds until the first sleeper's time comes; `undefined` while nobody sleeps. */
  nextMs(): number | undefined;
}

/** A clock that stands still until told. */
export function fakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  let now = startMs;
  const sleepers = new Set<{ at: number; wake: () => void }>();

  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper = {
          at: now + ms,
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake, { once: true });
      }),
    advance(ms) {
      now += ms;
      const due = [...sleepers].filter(({ at }) => at <= now);
      for (const sleeper of due.sort((a, b) => a.at - b.at)) sleeper.wake();
    },
    nextMs() {
      if (sleepers.size === 0) return undefined;
      let first = Infinity;
      for (const { at } of sleepers) first = Math.min(first, at);
      return Math.max(0, first - now);
    },
  };
}
