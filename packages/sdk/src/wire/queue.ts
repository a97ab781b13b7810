/** Bytes in order from one writer to one reader, who slow each other down. */
export interface ByteQueue<T> extends AsyncIterable<T> {
  /** Resolves when there is room for more; at once after `end`, when it is dropped. */
  push(item: T): Promise<void>;
  /** The reader comes to an end, or to `error`, once it has read what is there. */
  end(error?: Error): void;
}

export interface QueueOptions<T> {
  readonly sizeOf: (item: T) => number;
  /** Bytes that wait for the reader before a writer has to; 256 KiB by default. */
  readonly highBytes?: number | undefined;
}

export function byteQueue<T>({ sizeOf, highBytes = 256 * 1024 }: QueueOptions<T>): ByteQueue<T> {
  const items: T[] = [];
  let bytes = 0;
  let over: { readonly error: Error | undefined } | undefined;
  let wakeReader: (() => void) | undefined;
  let writers: (() => void)[] = [];

  const wakeWriters = (): void => {
    for (const wake of writers) wake();
    writers = [];
  };
  const end = (error?: Error): void => {
    over ??= { error };
    wakeReader?.();
    wakeWriters();
  };

  return {
    push(item) {
      if (over) return Promise.resolve();
      items.push(item);
      bytes += sizeOf(item);
      wakeReader?.();
      return bytes < highBytes ? Promise.resolve() : new Promise((resolve) => writers.push(resolve));
    },
    end,
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) {
          const item = items.shift();
          if (item !== undefined) {
            bytes -= sizeOf(item);
            if (bytes < highBytes / 2) wakeWriters();
            yield item;
          } else if (over) {
            if (over.error) throw over.error;
            return;
          } else {
            await new Promise<void>((resolve) => (wakeReader = resolve));
          }
        }
      } finally {
        // A reader who left early must not keep the writer waiting.
        items.length = 0;
        end();
      }
    },
  };
}
