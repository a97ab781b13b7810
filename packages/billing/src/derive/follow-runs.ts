import { type Backoff, bell, type Clock, doubling, isNebError, type RunFeed } from '@neb/core-types';
import type { Kysely } from 'kysely';
import type { Periods } from './run-facts.ts';
import { dueRuns, runsPosition, settleRuns } from './settle-runs.ts';

export interface FollowRuns extends Periods {
  readonly db: Kysely<unknown>;
  readonly feed: RunFeed;
  readonly clock: Clock;
  /** Something could not be reached; it is tried again. */
  readonly onTrouble: (what: string, error: unknown) => void;
}

/** In a burst one look at a container stands for many of its changes. */
const gatherMs = 250;
const atOnce = 200;
const retryMs = 1_000;
const again: Backoff = { firstMs: retryMs, maxMs: 60_000 };

/** Writes what runs come to, as they change and as periods end, until `signal` aborts. Idle it asks nobody for anything. Never rejects. */
export async function followRuns(options: FollowRuns, signal: AbortSignal): Promise<void> {
  const { db, feed, clock, onTrouble } = options;
  const news = bell(clock);
  let pending = new Set<string>();
  let heard: string | undefined;
  let failures = 0;

  await Promise.all([listen(), work()]);

  async function listen(): Promise<void> {
    while (!signal.aborted) {
      try {
        heard ??= await begin();
        for await (const { cursor, containerId } of feed.changes({ after: heard, signal })) {
          pending.add(containerId);
          heard = cursor;
          news.ring();
        }
      } catch (error) {
        if (signal.aborted) return;
        // What changed since is not known any more, so everything is looked at.
        if (isNebError(error, 'expired')) heard = await anew().catch(() => undefined);
        else onTrouble('changes of runs cannot be read', error);
      }
      await clock.sleep(retryMs, signal);
    }
  }

  async function begin(): Promise<string> {
    return (await runsPosition(db)) ?? (await anew());
  }

  async function anew(): Promise<string> {
    const cursor = await feed.cursor();
    for await (const id of feed.all()) pending.add(id);
    news.ring();
    return cursor;
  }

  async function work(): Promise<void> {
    while (!signal.aborted) {
      try {
        const { containerIds, nextMs } = await dueRuns(db, clock.now());
        containerIds.forEach((id) => pending.add(id));
        if (pending.size === 0) {
          await news.wait(nextMs === undefined ? Infinity : Math.max(0, nextMs - clock.now()), signal);
          await clock.sleep(gatherMs, signal);
        }
        if (!signal.aborted) await settle();
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        onTrouble('usage of runs cannot be written', error);
        await clock.sleep(doubling(failures++, again), signal);
      }
    }
  }

  async function settle(): Promise<void> {
    const position = heard;
    const ids = [...pending];
    pending = new Set();
    let done = 0;
    try {
      while (done < ids.length && !signal.aborted) {
        const containerIds = ids.slice(done, done + atOnce);
        const runs = (await Promise.all(containerIds.map((id) => feed.runs(id)))).flat();
        const isLast = done + containerIds.length === ids.length;
        await settleRuns(db, { runs, containerIds, position: isLast ? position : undefined }, { ...options, nowMs: clock.now() });
        done += containerIds.length;
      }
    } finally {
      ids.slice(done).forEach((id) => pending.add(id));
    }
  }
}
