import type { Clock } from '@neb/core-types';

/** Says that nothing came for a while. */
export const quiet = Symbol('quiet');

/** The items as they come, and `quiet` each time that none came for `ms`. Leaving it early leaves the items. */
export async function* withQuiet<T>(items: AsyncIterable<T>, ms: number, clock: Clock): AsyncGenerator<T | typeof quiet> {
  const each = items[Symbol.asyncIterator]();
  let coming = each.next();
  try {
    for (;;) {
      const enough = new AbortController();
      const outcome = await Promise.race([coming, clock.sleep(ms, enough.signal).then(() => quiet)]).finally(() => enough.abort());
      if (outcome === quiet) {
        yield quiet;
        continue;
      }
      const { done, value } = outcome as IteratorResult<T, undefined>;
      if (done) return;
      yield value;
      coming = each.next();
    }
  } finally {
    // It may be waiting for an item that never comes, so nobody waits for it.
    coming.catch(() => undefined);
    void each.return?.(undefined)?.catch(() => undefined);
  }
}
