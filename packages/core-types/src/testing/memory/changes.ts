export interface Changes<T> {
  tell(change: T): void;
  /** What is told from the first `next` on, in order, until `signal` aborts. */
  listen(signal: AbortSignal | undefined): AsyncGenerator<T>;
}

/** Tells everyone who listens of every change. */
export function changes<T>(): Changes<T> {
  const listeners = new Set<(change: T) => void>();

  async function* listen(signal: AbortSignal | undefined): AsyncGenerator<T> {
    const waiting: T[] = [];
    let wake = (): void => {};
    const hear = (change: T): void => {
      waiting.push(change);
      wake();
    };
    const stop = (): void => wake();
    listeners.add(hear);
    signal?.addEventListener('abort', stop);
    try {
      while (!signal?.aborted) {
        yield* waiting.splice(0);
        if (waiting.length === 0 && !signal?.aborted) await new Promise<void>((resolve) => { wake = resolve; });
      }
    } finally {
      listeners.delete(hear);
      signal?.removeEventListener('abort', stop);
    }
  }

  return { tell: (change) => listeners.forEach((hear) => hear(change)), listen };
}
