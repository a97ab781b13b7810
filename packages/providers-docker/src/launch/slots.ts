/** Lets so many pieces of work run at once; the rest wait their turn, first come, first served. */
export interface Slots {
  /** Whether the next piece of work would have to wait. */
  readonly full: boolean;
  /** Rejects with the signal's reason if it aborts before the turn comes; after that, stopping is up to `work`. */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export function slots(limit: number): Slots {
  const waiting = new Set<() => void>();
  let busy = 0;

  async function turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (busy < limit) return void busy++;
    await new Promise<void>((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        waiting.delete(go);
        reject(signal.reason as Error);
      };
      waiting.add(go);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  return {
    get full() {
      return busy >= limit;
    },
    async run(work, signal) {
      await turn(signal);
      try {
        return await work();
      } finally {
        const [next] = waiting; // The slot passes on without becoming free in between.
        if (next) {
          waiting.delete(next);
          next();
        } else busy--;
      }
    },
  };
}
