import type { Clock } from '../../clock.ts';
import { unlessAborted } from '../../unless-aborted.ts';

/** A time that work may take. */
export interface Deadline {
  readonly clock: Clock;
  readonly ms: number;
  /** What is then not over, such as `the sweep`. */
  readonly what: string;
}

/** The work's outcome, or a rejection once its time is over, whether the work obeys its signal or not. */
export async function within<T>({ clock, ms, what }: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const done = new AbortController();
  void clock.sleep(ms, done.signal).then(() => { if (!done.signal.aborted) late.abort(new Error(`${what} was not over within ${ms / 1_000} s`)); });
  try {
    return await unlessAborted(work(late.signal), late.signal);
  } finally {
    done.abort();
  }
}
