import type { Call, SnapshotManifest, SnapshotObject } from '@neb/core-types';
import { NebError } from '@neb/core-types/errors';
import type { Calls } from './calls.ts';
import type { Http } from './http.ts';
import { objectCalls, objectsClient, type ObjectsClient } from './objects.ts';
import type { ObjectRef, Resolve } from './refs.ts';

/** A snapshot as a program writes it: to create it is to take one of `container`. */
export type SnapshotInput = Omit<SnapshotManifest, 'kind' | 'metadata'> & { readonly kind?: 'Snapshot' | undefined; readonly metadata?: SnapshotManifest['metadata'] | undefined };

export interface SnapshotsClient extends ObjectsClient<SnapshotObject, SnapshotInput> {
  /** The snapshot as one file. Rejects with `unavailable` where it breaks off. */
  export(ref: ObjectRef, call?: Call): Promise<AsyncIterable<Uint8Array>>;
  /** Takes in what `export` gave, under this name. */
  import(as: { readonly name: string; readonly namespace?: string | undefined; readonly ttl?: string | undefined }, file: AsyncIterable<Uint8Array>, call?: Call): Promise<SnapshotObject>;
}

export interface SnapshotWires {
  readonly calls: Calls;
  readonly send: Http;
  readonly resolve: Resolve;
  readonly namespace: string | undefined;
}

export function snapshotsClient({ calls, send, resolve, namespace }: SnapshotWires): SnapshotsClient {
  const objects = objectsClient<SnapshotObject, SnapshotInput>(objectCalls(calls, 'Snapshot', 'snapshots'), resolve, namespace);
  return {
    ...objects,
    async export(ref, call) {
      const { body } = await send({ method: 'GET', path: filePath(resolve(ref)), signal: call?.signal });
      return whole(body ?? new ReadableStream(), call?.signal);
    },
    async import({ name, namespace: own = namespace ?? '-', ttl }, file, call) {
      const at = { namespace: own, name };
      await send({
        method: 'PUT', path: `${filePath(at)}${ttl === undefined ? '' : `?ttl=${encodeURIComponent(ttl)}`}`, body: ReadableStream.from(file), headers: { 'content-type': 'application/octet-stream' },
        signal: call?.signal, changes: 'the import',
      });
      return await objects.get(at, call);
    },
  };
}

function filePath(ref: { readonly id: string } | { readonly namespace: string; readonly name: string }): string {
  const parts = 'id' in ref ? [ref.id] : [ref.namespace, ref.name];
  return `/v1/snapshots/${parts.map(encodeURIComponent).join('/')}/file`;
}

async function* whole(body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void> {
  try {
    yield* body;
  } catch (cause) {
    signal?.throwIfAborted();
    throw new NebError('unavailable', 'the snapshot broke off', { cause, hint: 'What has arrived is not complete: export it again.' });
  }
}
