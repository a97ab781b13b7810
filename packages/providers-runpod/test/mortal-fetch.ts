/** When a process dies: with its so-maniest call, before that is sent or after it was acted on. */
export interface Death {
  readonly atCall: number;
  readonly when: 'before' | 'after';
}

/** A `fetch` of a process that dies. Its calls then neither go out nor come back, as those of a killed process do not. */
export function mortalFetch(fetch: typeof globalThis.fetch, { atCall, when }: Death): { readonly fetch: typeof globalThis.fetch; readonly died: Promise<void>; calls(): number } {
  const death = Promise.withResolvers<void>();
  const never = new Promise<never>(() => {});
  let calls = 0;
  return {
    died: death.promise,
    calls: () => calls,
    async fetch(...asked) {
      calls++;
      if (calls > atCall) return await never;
      if (calls < atCall) return await fetch(...asked);
      if (when === 'after') await fetch(...asked).catch(() => undefined);
      death.resolve();
      return await never;
    },
  };
}
