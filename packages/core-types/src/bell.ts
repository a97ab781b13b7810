/** Rung by whoever has something; somebody waits for it to ring. What rang before nobody waited is not lost. */
export interface Bell {
  ring(): void;
  /** Resolves when it has rung since the last time, or when `signal` aborts. */
  heard(signal: AbortSignal): Promise<void>;
}

export function bell(): Bell {
  let rung = Promise.withResolvers<void>();
  return {
    ring: () => rung.resolve(),
    async heard(signal) {
      const stopped = Promise.withResolvers<void>();
      const stop = (): void => stopped.resolve();
      if (signal.aborted) return;
      signal.addEventListener('abort', stop, { once: true });
      await Promise.race([rung.promise, stopped.promise]);
      signal.removeEventListener('abort', stop);
      if (!signal.aborted) rung = Promise.withResolvers<void>();
    },
  };
}
