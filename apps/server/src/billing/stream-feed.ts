import { settleStream } from '@neb/billing';
import { type Clock, collect, messageMetrics, type Meter, paginate, type SeenStream, type StreamFeed, type StreamGroup, type StreamOwner, type Tally, timestamp } from '@neb/core-types';
import type { Resource, Store } from '@neb/scheduler';
import type { Database } from '../database/open.ts';

export interface StreamFeedOptions {
  readonly store: Pick<Store, 'cursor' | 'changes' | 'get' | 'list'>;
  readonly tally: (of: StreamGroup) => Promise<Tally | undefined>;
  readonly clock: Clock;
}

/** The processors of the store, with the counts of their streams. */
export function streamFeed({ store, tally, clock }: StreamFeedOptions): StreamFeed {
  /** Those that had meters: what came before these were taken away is counted too. Streams of others are not asked. */
  const metered = new Set<string>();
  return {
    cursor: () => store.cursor(),
    async *changes({ after, signal }) {
      for await (const { kind, id, cursor, dropped } of store.changes({ after, signal })) if (kind === 'Processor' && !dropped) yield { cursor, processorId: id };
    },
    async seen(id) {
      const processor = await store.get('Processor', id);
      if (!processor || processor.goneAt !== undefined || (countingMeters(processor).length === 0 && !metered.has(id))) return undefined;
      metered.add(id);
      const count = await tally({ stream: processor.status.stream, group: processor.status.group });
      return count && seenStream(processor, count, timestamp(clock.now()));
    },
    async *all() {
      for (const { id } of await collect(paginate((cursor) => store.list({ kind: 'Processor', limit: 1_000, cursor })))) yield id;
    },
  };
}

/** Writes what the messages of a processor came to, right before its stream is forgotten. */
export function lastCount({ db, store, clock }: Pick<StreamFeedOptions, 'clock'> & { readonly db: Database['db']; readonly store: Pick<Store, 'get'> }): (whose: StreamOwner, tally: Tally | undefined) => Promise<void> {
  return async ({ id }, tally) => {
    const processor = await store.get('Processor', id);
    if (processor && tally) await settleStream(db, seenStream(processor, tally, timestamp(clock.now())));
  };
}

function seenStream(processor: Resource<'Processor'>, tally: Tally, at: string): SeenStream {
  const { id, name, owner, namespace, labels, generation } = processor;
  return { at, tally, owner, namespace, object: { kind: 'Processor', id, name }, labels, unchanged: generation === 1, meters: countingMeters(processor) };
}

function countingMeters({ spec: { meters = [] } }: Resource<'Processor'>): readonly Meter[] {
  return meters.filter(({ metric }) => messageMetrics.includes(metric));
}
