import type { Clock } from '@neb/core-types';
import type { LogEvent } from './events.ts';
import type { OpenLog } from './open.ts';

/** Says that nothing came for a while. */
export const quiet = Symbol('quiet');

/** How long is a while, in milliseconds. */
export interface While {
  /** Before the first event. */
  readonly firstMs: number;
  readonly ms: number;
}

/** RunPod's log streams never end: what is there has been read once nothing more came for this long. */
export const backlogRead: While = { firstMs: 3_000, ms: 1_000 };

/** A log's events as they come, and `quiet` each time that none came for a while. Leaving it early closes the log. */
export async function* withQuiet({ events, leave }: OpenLog, { firstMs, ms }: While, clock: Clock): AsyncGenerator<LogEvent | typeof quiet> {
  const each = events[Symbol.asyncIterator]();
  let coming = each.next();
  let patienceMs = firstMs;
  try {
    for (;;) {
      const enough = new AbortController();
      const outcome = await Promise.race([coming, clock.sleep(patienceMs, enough.signal).then((): typeof quiet => quiet)]).finally(() => enough.abort());
      if (outcome === quiet) {
        yield quiet;
        continue;
      }
      if (outcome.done) return;
      yield outcome.value;
      coming = each.next();
      patienceMs = ms;
    }
  } finally {
    leave();
    // It may fail now, for nobody.
    coming.catch(() => undefined);
  }
}
