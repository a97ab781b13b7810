import type { Clock } from '@neb/core-types';

/** Gives what was made for `key` less than `forMs` ago, a failure too, else makes it anew: however many ask, it is made once. */
export type Remembered<T> = (key: string, make: () => Promise<T>) => Promise<T>;

/** Clouds count calls, and one that has had enough answers the control loop no more. */
export function remembered<T>(clock: Clock, forMs: number): Remembered<T> {
  const kept = new Map<string, { readonly at: number; readonly answer: Promise<T> }>();
  const isOver = (at: number, now: number): boolean => now < at || now - at >= forMs;

  return (key, make) => {
    const now = clock.now();
    for (const [old, { at }] of kept) if (isOver(at, now)) kept.delete(old);
    const answer = kept.get(key)?.answer ?? make();
    if (!kept.has(key)) kept.set(key, { at: now, answer });
    return answer;
  };
}
