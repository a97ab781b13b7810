import type { Processor, Service } from '@neb/core-types';
import type { Neb } from '@neb/sdk';

/** A container of a processor or a service, as far as its log needs it. */
export interface Replica {
  readonly id: string;
  readonly name: string;
}

export interface ReplicasOptions {
  readonly neb: Neb;
  readonly of: Processor | Service;
  /** Go on with those that come, until it is gone. */
  readonly follow: boolean | undefined;
  readonly signal: AbortSignal;
}

/** Calls `each` with every container of a processor or a service, all at once, and with `follow` with those that come later; each once. Rejects where one of them does. */
export async function eachReplica({ neb, of, follow, signal }: ReplicasOptions, each: (replica: Replica, signal: AbortSignal) => Promise<void>): Promise<void> {
  const { id, namespace, name } = of.metadata;
  const client = of.kind === 'Service' ? neb.services : neb.processors;
  // Taken before the look, so that no container comes between the look and the watch.
  const { position } = await neb.containers.list({ namespace, limit: 1 }, { signal });
  const { replicas } = await client.explain({ id }, { signal });
  if (!follow) return void (await Promise.all(replicas.map((replica) => each(replica, signal))));

  const owner = `${name}.${namespace}.${of.kind}`;
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
      for await (const change of client.watch({ id }, { signal: stopped })) if (change.do === 'gone' || change.object.status.status === 'deleted') return resolve();
    };
    comes().catch(reject);
    ends().catch(reject);
  }).finally(() => over.abort());
  await Promise.allSettled(running);
}
