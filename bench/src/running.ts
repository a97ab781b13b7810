import type { Neb } from '@neb/sdk';

export interface RunningTimes {
  /** Resolves with `performance.now()` of the moment at which the client learnt that `name` runs. */
  running(name: string): Promise<number>;
  stop(): Promise<void>;
}

/** Follows a namespace as a client does, and notes when each container is first seen running. */
export function followRunning(neb: Neb, namespace: string): RunningTimes {
  const stop = new AbortController();
  const seen = new Map<string, number>();
  const waiting = new Map<string, (at: number) => void>();
  const loop = (async () => {
    for await (const change of neb.containers.watch({ namespace }, { signal: stop.signal })) {
      if (change.do !== 'changed' || change.object.status.status !== 'running') continue;
      const { name } = change.object.metadata;
      if (seen.has(name)) continue;
      seen.set(name, performance.now());
      waiting.get(name)?.(performance.now());
    }
  })();
  return {
    running: async (name) => seen.get(name) ?? (await new Promise<number>((resolve) => waiting.set(name, resolve))),
    async stop() {
      stop.abort();
      await loop.catch(() => {});
    },
  };
}
