import type { Clock } from './clock.ts';

/** Wakes those who sleep early. A ring while nobody waits is kept for the next wait. */
export interface Bell {
  ring(): void;
  /** Resolves after `ms`, once it rings, or when `signal` aborts; says whether it rang. */
  wait(ms: number, signal?: AbortSignal): Promise<boolean>;
}

export function bell(clock: Clock): Bell {
  let isKept = false;
  const waiting = new Set<AbortController>();

  return {
    ring() {
      isKept = waiting.size === 0;
      for (const wake of waiting) wake.abort(true);
    },
    async wait(ms, signal) {
      if (isKept || signal?.aborted) {
        const rang = isKept;
        isKept = false;
        return rang;
      }
      const wake = new AbortController();
      const stop = (): void => wake.abort(false);
      waiting.add(wake);
      signal?.addEventListener('abort', stop, { once: true });
      await clock.sleep(ms, wake.signal);
      signal?.removeEventListener('abort', stop);
      waiting.delete(wake);
      return wake.signal.reason === true;
    },
  };
}
