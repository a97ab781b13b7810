/** Tells whoever listens which instance of which fleet has changed. */
export interface Hints {
  tell(fleet: string, key: string): void;
  /** Returns what ends it. */
  listen(listener: (fleet: string, key: string) => void): () => void;
}

export function hints(): Hints {
  const listeners = new Set<(fleet: string, key: string) => void>();
  return {
    tell: (fleet, key) => listeners.forEach((listener) => listener(fleet, key)),
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Keys on their way to one reader. A key that waits already does not wait twice, so a slow reader costs no memory. */
export interface KeyQueue extends AsyncIterable<string> {
  add(key: string): void;
}

/** Ends when `signal` aborts. */
export function keyQueue(signal: AbortSignal): KeyQueue {
  const waiting = new Set<string>();
  let wake: () => void = () => {};
  return {
    add(key) {
      waiting.add(key);
      wake();
    },
    async *[Symbol.asyncIterator]() {
      const stop = (): void => wake();
      signal.addEventListener('abort', stop);
      try {
        while (!signal.aborted) {
          for (const key of waiting) {
            waiting.delete(key);
            yield key;
            if (signal.aborted) return;
          }
          await new Promise<void>((resolve) => {
            wake = resolve;
            if (waiting.size > 0 || signal.aborted) resolve();
          });
        }
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
  };
}
