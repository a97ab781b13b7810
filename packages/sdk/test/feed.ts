/** An ordered log of changes that readers follow from any position, as a server's change feed is. */
export interface Feed<T> {
  push(entry: T): void;
  /** The position of now. */
  readonly position: string;
  /** Everything after a position, and then what comes, until aborted. */
  follow(after: string | undefined, signal: AbortSignal): AsyncGenerator<{ readonly position: string; readonly entry: T }>;
  /** How many readers there are. */
  readonly readers: number;
}

export function feed<T>(): Feed<T> {
  const entries: T[] = [];
  let wake: (() => void)[] = [];
  let readers = 0;
  return {
    get position() {
      return `p${entries.length}`;
    },
    get readers() {
      return readers;
    },
    push(entry) {
      entries.push(entry);
      for (const each of wake) each();
      wake = [];
    },
    async *follow(after, signal) {
      let at = after === undefined ? entries.length : Number(after.slice(1));
      readers++;
      try {
        while (!signal.aborted) {
          if (at < entries.length) {
            yield { position: `p${at + 1}`, entry: entries[at]! };
            at++;
          } else {
            await new Promise<void>((resolve) => {
              wake.push(resolve);
              signal.addEventListener('abort', () => resolve(), { once: true });
            });
          }
        }
      } finally {
        readers--;
      }
    },
  };
}
