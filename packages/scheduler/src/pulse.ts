/** Tells any number of waiters that something happened; a beat that nobody waited for is not lost on those who count. */
export interface Pulse {
  beat(): void;
  /** How often it has beaten: two readings that differ mean that something happened between them. */
  readonly beats: number;
  /** Resolves with the first beat after the `since`th, which may be past already, or when `signal` aborts. */
  next(since: number, signal: AbortSignal): Promise<void>;
}

export function pulse(): Pulse {
  let beats = 0;
  const waiting = new Set<() => void>();

  return {
    get beats() {
      return beats;
    },
    beat() {
      beats++;
      for (const wake of [...waiting]) wake();
    },
    next: (since, signal) =>
      new Promise((resolve) => {
        if (beats !== since || signal.aborted) return resolve();
        const wake = (): void => {
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      }),
  };
}
