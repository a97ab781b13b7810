/** Writes what was asked for while an earlier write was under way in one write; alone it waits for nobody. Where a write fails, it fails for all it was for. */
export function together<T>(write: (items: readonly T[]) => Promise<void>): (item: T) => Promise<void> {
  const limit = 100;
  let waiting: { readonly item: T; readonly done: PromiseWithResolvers<void> }[] = [];
  let busy = false;

  async function run(): Promise<void> {
    busy = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, limit);
      waiting = waiting.slice(limit);
      await write(batch.map(({ item }) => item)).then(
        () => batch.forEach(({ done }) => done.resolve()),
        (error: unknown) => batch.forEach(({ done }) => done.reject(error)),
      );
    }
    busy = false;
  }

  return (item) => {
    const done = Promise.withResolvers<void>();
    waiting.push({ item, done });
    if (!busy) void run();
    return done.promise;
  };
}
