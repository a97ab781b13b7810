import type { Processor } from '@neb/core-types';
import type { Neb } from '@neb/sdk';

/** A worker of a processor, as far as its log needs it. */
export interface Replica {
  readonly id: string;
  readonly name: string;
}

export interface ReplicasOptions {
  readonly neb: Neb;
  readonly processor: Processor;
  /** Go on with those that come, until the processor is gone. */
  readonly follow: boolean | undefined;
  readonly signal: AbortSignal;
}

/** Calls `each` with every worker of a processor, all at once, and with `follow` with those that come later; each worker once. Rejects where one of them does. */
export async function eachReplica({ neb, processor, follow, signal }: ReplicasOptions, each: (replica: Replica, signal: AbortSignal) => Promise<void>): Promise<void> {
  const { id, namespace, name } = processor.metadata;
  // Taken before the look, so that no worker comes between the look and the watch.
  const { position } = await neb.containers.list({ namespace, limit: 1 }, { signal });
  const { replicas } = await neb.processors.explain({ id }, { signal });
  if (!follow) return void (await Promise.all(replicas.map((replica) => each(replica, signal))));

  const owner = `${name}.${namespace}.Processor`;
  const seen = new Set<string>();
  const over = new AbortController();
  const stopped = AbortSignal.any([signal, over.signal]);
  const running: Promise<void>[] = [];
  await new Promise<void>((resolve, reject) => {
    const start = (replica: Replica): void => {
      if (seen.has(replica.id)) return;
      seen.add(replica.id);
      running.push(each(replica, stopped).catch(reject));
    };
    for (const replica of replicas) start(replica);
    const comes = async (): Promise<void> => {
      for await (const change of neb.containers.watch({ namespace, after: position }, { signal: stopped })) {
        if (change.do === 'changed' && change.object.metadata.owner_ref === owner) start(change.object.metadata);
      }
    };
    const ends = async (): Promise<void> => {
      for await (const change of neb.processors.watch({ id }, { signal: stopped })) if (change.do === 'gone' || change.object.status.status === 'deleted') return resolve();
    };
    comes().catch(reject);
    ends().catch(reject);
  }).finally(() => over.abort());
  await Promise.allSettled(running);
}
