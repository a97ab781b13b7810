import type { Route, RouteFeed } from '@neb/core-types';

export interface Follower {
  put(route: Route): void;
  remove(id: string): void;
  /** All that there are have been told, for the first time or again. */
  synced(): void;
  trouble(error: Error): void;
  readonly ids: () => Iterable<string>;
}

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

const firstPauseMs = 200;
const longestPauseMs = 10_000;

/**
 * Follows a feed until `signal` aborts. Where it ends or breaks, all that is known stays as it is, and it is asked again;
 * what it then no longer tells of is removed once it has told all, and not before.
 */
export async function follow(feed: RouteFeed, follower: Follower, { signal, sleep }: FollowOptions): Promise<void> {
  let pauseMs = firstPauseMs;
  while (!signal.aborted) {
    const told = new Set<string>();
    let isSynced = false;
    try {
      for await (const change of feed.watch({ signal })) {
        if (signal.aborted) return;
        if ('put' in change) {
          told.add(change.put.id);
          follower.put(change.put);
        } else if ('remove' in change) {
          told.delete(change.remove);
          follower.remove(change.remove);
        } else {
          if (!isSynced) for (const id of [...follower.ids()]) if (!told.has(id)) follower.remove(id);
          isSynced = true;
          pauseMs = firstPauseMs;
          follower.synced();
        }
      }
    } catch (error) {
      if (!signal.aborted) follower.trouble(error instanceof Error ? error : new Error(String(error)));
    }
    if (signal.aborted) return;
    await sleep(pauseMs, signal);
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }
}
