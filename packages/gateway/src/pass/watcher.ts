import type { Arrival, Observer, Passed, Watch } from '../passage.ts';

/** A watch that harms nobody: what it throws is lost, and the end is told once. */
export interface Watcher {
  readonly request: ((chunk: Uint8Array) => void) | undefined;
  readonly data: ((chunk: Uint8Array) => void) | undefined;
  answer(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void;
  end(passed: Passed): void;
}

export function watcher(observer: Observer | undefined, arrival: Arrival, caller: string | undefined): Watcher | undefined {
  if (!observer) return undefined;
  let watch: Watch | undefined;
  attempt(() => void (watch = observer.watch(arrival, caller)));
  if (!watch) return undefined;
  const seen = watch;
  return {
    request: seen.request && ((chunk) => attempt(() => seen.request?.(chunk))),
    data: seen.data && ((chunk) => attempt(() => seen.data?.(chunk))),
    answer: (status, headers) => attempt(() => seen.answer?.(status, headers)),
    end: (passed) => attempt(() => seen.end?.(passed)),
  };
}

function attempt(look: () => void): void {
  try {
    look();
  } catch {
    // Whoever watches must not stop what passes.
  }
}
