/** Lets any number of waiters know that there may be something new. */
export interface FeedHub {
  ring(): void;
  /** Resolves at the next ring after this call, or when `signal` aborts. */
  next(signal: AbortSignal): Promise<void>;
}

export function feedHub(): FeedHub {
  const waiters = new Set<() => void>();
  return {
    ring() {
      for (const wake of [...waiters]) wake();
    },
    next: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const wake = (): void => {
          waiters.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        waiters.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      }),
  };
}
