import { type Backoff, bell, type Clock, doubling, isNebError, type StreamFeed } from '@neb/core-types';
import type { Kysely } from 'kysely';
import { settleStream } from './settle-stream.ts';

export interface FollowStreams {
  readonly db: Kysely<unknown>;
  readonly feed: StreamFeed;
  readonly clock: Clock;
  /** How long messages of one processor are gathered into one fact. */
  readonly gatherMs: number;
  /** Something could not be reached; it is tried again. */
  readonly onTrouble: (what: string, error: unknown) => void;
}

const again: Backoff = { firstMs: 1_000, maxMs: 60_000 };

/** Writes how many messages were handled, until `signal` aborts. Looks at a processor when it changes, and at all of them once. Idle it asks nobody for anything. Never rejects. */
export async function followStreams({ db, feed, clock, gatherMs, onTrouble }: FollowStreams, signal: AbortSignal): Promise<void> {
  const news = bell(clock);
  const pending = new Set<string>();
  let heard: string | undefined;
  let failures = 0;

  await Promise.all([listen(), work()]);

  async function listen(): Promise<void> {
    while (!signal.aborted) {
      try {
        heard ??= await begin();
        for await (const { cursor, processorId } of feed.changes({ after: heard, signal })) {
          note(processorId);
          heard = cursor;
        }
      } catch (error) {
        if (signal.aborted) return;
        // What changed since is not known any more, so everything is looked at.
        if (isNebError(error, 'expired')) heard = undefined;
        else onTrouble('changes of processors cannot be read', error);
      }
      await clock.sleep(again.firstMs, signal);
    }
  }

  async function begin(): Promise<string> {
    const cursor = await feed.cursor();
    for await (const id of feed.all()) note(id);
    return cursor;
  }

  function note(id: string): void {
    pending.add(id);
    news.ring();
  }

  async function work(): Promise<void> {
    while (!signal.aborted) {
      if (pending.size === 0) await news.wait(Infinity, signal);
      await clock.sleep(gatherMs, signal);
      for (const id of [...pending]) {
        if (signal.aborted) return;
        pending.delete(id);
        try {
          const seen = await feed.seen(id);
          if (seen) await settleStream(db, seen);
          failures = 0;
        } catch (error) {
          pending.add(id);
          if (signal.aborted) return;
          onTrouble('messages that were handled cannot be counted', error);
          await clock.sleep(doubling(failures++, again), signal);
        }
      }
    }
  }
}
