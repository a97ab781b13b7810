/** What must be closed, the last opened first. */
export interface Closers {
  add(close: () => Promise<unknown>): void;
  /** Closes all, also after one failed; then throws the first failure. */
  close(): Promise<void>;
}

/** Node 22 has no AsyncDisposableStack yet. */
export function closers(): Closers {
  const open: (() => Promise<unknown>)[] = [];
  return {
    add: (close) => void open.push(close),
    async close() {
      const failures: unknown[] = [];
      for (let close = open.pop(); close; close = open.pop()) await close().catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw failures[0];
    },
  };
}
