import { type Backoff, type Clock, doubling, jittered, type Provider, type Random, type RouteFeed } from '@neb/core-types';
import type { Store } from '../store.ts';
import { movements } from './movements.ts';
import { routeTable } from './route-table.ts';

export interface RouteFeedOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Those whose instances are reached by dialling alone get replicas with a `via`. */
  readonly providers: readonly Pick<Provider, 'name' | 'traits' | 'dial'>[];
  /** Told of a store that cannot be reached, which is tried again. */
  readonly onTrouble?: ((error: unknown) => void) | undefined;
}

const again: Backoff = { firstMs: 100, maxMs: 2_000 };

/**
 * The routes of all services and of containers with a `proxy_port`, from the store's change feed. While the store is away it tells nothing, so that
 * those who listen keep what they have, and goes on where it was; where what it missed is no longer kept it looks at everything again, and tells the difference.
 */
export function routeFeed(store: Pick<Store, 'get' | 'list' | 'cursor' | 'changes'>, options: RouteFeedOptions): RouteFeed {
  const { clock, random, providers, onTrouble } = options;
  const dialled = new Set(providers.filter(({ traits, dial }) => dial && traits.dialsOnly).map(({ name }) => name));
  return {
    async *watch({ signal: ending } = {}) {
      const over = new AbortController();
      const signal = ending ? AbortSignal.any([ending, over.signal]) : over.signal;
      const table = routeTable((platform) => dialled.has(platform));
      const news = movements(store, { ...options, signal, subjectOf: table.subjectOf });
      let isSynced = false;
      let failures = 0;
      try {
        while (!signal.aborted) {
          const { beats } = news;
          try {
            const due = news.take();
            if (!due) {
              await news.next(beats);
              continue;
            }
            yield* await due.settle((moved) => (moved ? table.follow(store, moved, signal) : table.renew(store, signal)));
            failures = 0;
          } catch (error) {
            if (signal.aborted) return;
            onTrouble?.(error);
            await clock.sleep(jittered(doubling(failures++, again), random), signal);
            continue;
          }
          if (!isSynced) {
            isSynced = true;
            yield { synced: true };
          }
        }
      } finally {
        over.abort();
      }
    },
  };
}
