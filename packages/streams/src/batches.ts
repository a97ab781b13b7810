export interface Limits<T> {
  /** Most items of a batch. */
  readonly most: number;
  /** Most bytes of a batch, which has one item at least. */
  readonly mostBytes: number;
  readonly bytesOf: (item: T) => number;
}

/** Does at once what is asked for while the batch before is under way: one by one where it is quiet, together where it is not. */
export function batches<T, R>(work: (items: readonly T[]) => Promise<readonly R[]>, limits: Limits<T>): (item: T) => Promise<R> {
  interface Waiting { readonly item: T; readonly resolve: (result: R) => void; readonly reject: (error: unknown) => void }
  let waiting: Waiting[] = [];
  let isRunning = false;

  async function run(): Promise<void> {
    // All that is asked for in one turn goes together.
    await Promise.resolve();
    while (waiting.length > 0) {
      const size = sizeOf(waiting.map(({ item }) => item), limits);
      const now = waiting.slice(0, size);
      waiting = waiting.slice(size);
      try {
        const results = await work(now.map(({ item }) => item));
        now.forEach(({ resolve }, at) => resolve(results[at]!));
      } catch (error) {
        for (const { reject } of now) reject(error);
      }
    }
    isRunning = false;
  }

  return (item) => new Promise((resolve, reject) => {
    waiting.push({ item, resolve, reject });
    if (isRunning) return;
    isRunning = true;
    void run();
  });
}

/** How many of the items fit into one batch. */
function sizeOf<T>(items: readonly T[], { most, mostBytes, bytesOf }: Limits<T>): number {
  let bytes = 0;
  const end = items.slice(0, most).findIndex((item) => (bytes += bytesOf(item)) > mostBytes);
  return end === -1 ? Math.min(items.length, most) : Math.max(end, 1);
}
