export interface Limits<T> {
  /** Most items of a batch. */
  readonly most: number;
  /** Most bytes of a batch, which has one item at least. */
  readonly mostBytes: number;
  readonly bytesOf: (item: T) => number;
  /** Most batches under way at one time; only full ones go beside another. 1 if absent. */
  readonly together?: number | undefined;
  /** What is asked for until this resolves goes together; the end of the turn if absent. */
  readonly turn?: (() => Promise<void>) | undefined;
}

/** Does a batch. What is still under way of the one before settles with `before`. */
export type Work<T, R> = (items: readonly T[], before: Promise<unknown> | undefined) => Promise<readonly R[]>;

interface Asked<T, R> {
  readonly items: readonly T[];
  readonly results: R[];
  begun: number;
  open: number;
  readonly resolve: (results: readonly R[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Batch<T, R> {
  readonly items: T[];
  /** Whose they are, in their order. */
  readonly of: Asked<T, R>[];
  /** The first item of each that is in this batch. */
  readonly from: number[];
}

/**
 * Does at once what is asked for while the batch before is under way: one by one where it is quiet, together where it is not. The
 * results are those of the items, in their order.
 */
export function batches<T, R>(work: Work<T, R>, limits: Limits<T>): (items: readonly T[]) => Promise<readonly R[]> {
  const { most, together = 1, turn = () => Promise.resolve() } = limits;
  let waiting: Asked<T, R>[] = [];
  let underWay = 0;
  let last: Promise<unknown> = Promise.resolve();
  let isComing = false;

  function begin(): void {
    isComing = false;
    while (waiting.length > 0 && (underWay === 0 || (underWay < together && isFull(waiting, most)))) {
      const batch = next(waiting, limits);
      waiting = rest(waiting);
      last = doing(batch, underWay === 0 ? undefined : last);
    }
  }

  async function doing({ items, of, from }: Batch<T, R>, before: Promise<unknown> | undefined): Promise<void> {
    underWay += 1;
    try {
      const results = await work(items, before);
      let n = 0;
      of.forEach((asked, nth) => {
        const first = from[nth]!;
        for (let at = first; n < results.length && at < asked.items.length; at += 1, n += 1, asked.open -= 1) asked.results[at] = results[n]!;
        if (asked.open === 0) asked.resolve(asked.results);
      });
    } catch (error) {
      for (const asked of of) {
        // What comes after something that failed is not begun.
        asked.begun = asked.items.length;
        asked.reject(error);
      }
      waiting = rest(waiting);
    }
    underWay -= 1;
    begin();
  }

  return (items) => new Promise((resolve, reject) => {
    if (items.length === 0) return resolve([]);
    waiting.push({ items, results: [], begun: 0, open: items.length, resolve, reject });
    if (isComing) return;
    isComing = true;
    void turn().then(begin);
  });
}

function isFull<T, R>(waiting: readonly Asked<T, R>[], most: number): boolean {
  let count = 0;
  return waiting.some(({ items, begun }) => (count += items.length - begun) >= most);
}

/** Those who have something left to do; it is done in their order. */
function rest<T, R>(waiting: Asked<T, R>[]): Asked<T, R>[] {
  const at = waiting.findIndex(({ items, begun }) => begun < items.length);
  return at === -1 ? [] : waiting.slice(at);
}

function next<T, R>(waiting: readonly Asked<T, R>[], { most, mostBytes, bytesOf }: Limits<T>): Batch<T, R> {
  const batch: Batch<T, R> = { items: [], of: [], from: [] };
  let bytes = 0;
  for (const asked of waiting) {
    const first = asked.begun;
    for (; asked.begun < asked.items.length; asked.begun += 1) {
      const item = asked.items[asked.begun]!;
      bytes += bytesOf(item);
      if (batch.items.length > 0 && (batch.items.length >= most || bytes > mostBytes)) return batch;
      batch.items.push(item);
      if (asked.begun > first) continue;
      batch.of.push(asked);
      batch.from.push(first);
    }
  }
  return batch;
}
