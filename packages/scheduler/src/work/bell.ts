import type { Clock } from '@neb/core-types';

/** Wakes one sleeper early. A ring while nobody waits is kept for the next wait. */
export interface Bell {
  ring(): void;
  /** Resolves after `ms`, once it rings, or when `signal` aborts; says whether it rang. */
  wait(ms: number, signal?: AbortSignal): Promise<boolean>;
}

export function bell(clock: Clock): Bell {
  let rung = false;
  let wake: AbortController | undefined;

  return {
    ring() {
      rung = true;
      wake?.abort(null);
    },
    async wait(ms, signal) {
      if (!rung && !signal?.aborted) {
        wake = new AbortController();
        const stop = (): void => wake?.abort(null);
        signal?.addEventListener('abort', stop, { once: true });
        await clock.sleep(ms, wake.signal);
        signal?.removeEventListener('abort', stop);
        wake = undefined;
      }
      const rang = rung;
      rung = false;
      return rang;
    },
  };
}
