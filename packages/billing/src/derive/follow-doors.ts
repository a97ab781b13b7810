import { type Backoff, type Clock, doubling, type FactFeed, type FindUsageObject, messageOf, type RouteFact } from '@neb/core-types';
import type { Ledger } from '../ledger/ledger.ts';
import { doorFact } from './door-fact.ts';

export interface FollowDoors {
  readonly ledger: Pick<Ledger, 'append'>;
  readonly feed: FactFeed;
  readonly find: FindUsageObject;
  readonly clock: Clock;
  readonly onTrouble: (what: string, error: unknown) => void;
}

const again: Backoff = { firstMs: 1_000, maxMs: 60_000 };

/**
 * Writes what a gateway counted, until `signal` aborts. What is on the gateway's disk is forgotten there only once it is
 * in the ledger, where each has its key: none is lost in a crash, and none is written twice. Never rejects.
 */
export async function followDoors({ ledger, feed, find, clock, onTrouble }: FollowDoors, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      const { facts, dropped, position } = await feed.read({ limit: 1_000 });
      if (dropped > 0) onTrouble(`${dropped} things that were counted had no room at the gateway, and are not billed`, undefined);
      if (facts.length > 0) await ledger.append(await priced(facts));
      await feed.acknowledge(position);
      if (facts.length === 0) await feed.news(signal);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      onTrouble(`what was counted cannot be written: ${messageOf(error)}`, error);
      await clock.sleep(doubling(failures++, again), signal);
    }
  }

  async function priced(facts: readonly RouteFact[]): Promise<ReturnType<typeof doorFact>[]> {
    const objects = new Map([...new Map(facts.map(({ kind, route }) => [route, kind]))].map(([id, kind]) => [id, find({ kind, id })]));
    return await Promise.all(facts.map(async (fact) => doorFact(fact, await objects.get(fact.route))));
  }
}
