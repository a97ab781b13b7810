import { type Clock, unlessAborted } from '@neb/core-types';

/** How long one waits, and for whom. */
export interface Patience {
  readonly clock: Clock;
  readonly ms: number;
  readonly signal: AbortSignal | undefined;
  /** What is thrown once the time is over. */
  late(): Error;
}

/** The work's outcome, or that it comes too late, or the signal's reason, whichever is first; the work itself goes on. */
export async function inTime<T>(work: Promise<T>, { clock, ms, signal, late }: Patience): Promise<T> {
  signal?.throwIfAborted();
  const over = new AbortController();
  const isLate = Symbol('late');
  try {
    const first = await unlessAborted(Promise.race([work, clock.sleep(ms, over.signal).then((): typeof isLate => isLate)]), signal);
    if (first === isLate) throw late();
    return first;
  } finally {
    over.abort();
  }
}
