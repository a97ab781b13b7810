/** What is to happen, the earliest first: a heap. Of two at the same time the one that was put in first comes first. */
export interface Events<T> {
  put(at: number, what: T): void;
  /** When the next one is; never, where there is none. */
  nextAt(): number;
  take(): T;
}

interface Event<T> {
  readonly at: number;
  readonly nth: number;
  readonly what: T;
}

export function events<T>(): Events<T> {
  const heap: Event<T>[] = [];
  let nth = 0;
  const isBefore = (a: Event<T>, b: Event<T>): boolean => a.at < b.at || (a.at === b.at && a.nth < b.nth);
  const up = (from: number): void => {
    const moved = heap[from]!;
    let place = from;
    for (let parent = (place - 1) >> 1; place > 0 && isBefore(moved, heap[parent]!); parent = (place - 1) >> 1) {
      heap[place] = heap[parent]!;
      place = parent;
    }
    heap[place] = moved;
  };
  const down = (moved: Event<T>): void => {
    let place = 0;
    for (let child = 1; child < heap.length; child = 2 * place + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, moved)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = moved;
  };
  return {
    put(at, what) {
      heap.push({ at, nth: nth++, what });
      up(heap.length - 1);
    },
    nextAt: () => heap[0]?.at ?? Infinity,
    take() {
      const [first, last] = [heap[0]!, heap.pop()!];
      if (heap.length > 0) down(last);
      return first.what;
    },
  };
}
