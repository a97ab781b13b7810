import { type Clock, NebError } from '@neb/core-types';

export interface Deadline {
  readonly clock: Clock;
  readonly ms: number;
  /** What is being waited for, as the error names it. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What `work` resolves to, if it does within `ms`; else rejects with `timeout`, or with the reason of `signal`.
 * `work` is told by its signal; it is not waited for if it does not listen.
 */
export async function within<T>({ clock, ms, what, signal }: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  signal?.throwIfAborted();
  const stop = new AbortController();
  const over = new AbortController();
  const abort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  const aborted = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason as Error), { once: true });
  });
  void clock.sleep(ms, over.signal).then(() => {
    if (!over.signal.aborted) stop.abort(new NebError('timeout', `${what} took longer than ${ms / 1_000} s`));
  });
  try {
    return await Promise.race([work(stop.signal), aborted]);
  } finally {
    // With a reason of its own, since making the usual one costs more than all the rest here.
    over.abort(null);
    signal?.removeEventListener('abort', abort);
  }
}
