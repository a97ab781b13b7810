/** Time as an argument, so that tests own it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      let timer: NodeJS.Timeout;
      const wait = (restMs: number): void => {
        timer = setTimeout(() => (restMs > longestTimerMs ? wait(restMs - longestTimerMs) : done()), Math.min(restMs, longestTimerMs));
      };
      wait(ms);
      signal?.addEventListener('abort', done, { once: true });
    }),
};

/** Longer delays overflow a timer, which then fires at once. */
const longestTimerMs = 2 ** 31 - 1;

/** An instant as the wire writes it: RFC 3339, UTC, milliseconds. */
export function timestamp(ms: number): string {
  // What comes by thousands comes many a millisecond.
  if (ms !== latest.ms) latest = { ms, text: new Date(ms).toISOString() };
  return latest.text;
}

let latest = { ms: NaN, text: '' };
