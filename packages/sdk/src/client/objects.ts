import type { Call, Kind } from '@neb/core-types';
import { NebError } from '@neb/core-types/errors';
import type { Applied, Listed, ListInput, Ref, Watched, WatchInput } from '../contract/services.ts';
import type { Calls } from './calls.ts';
import { list, type List } from './list.ts';
import type { ObjectRef, Resolve } from './refs.ts';

/** What may be done with every kind. What the caller may not see is `not_found`. */
export interface ObjectsClient<T, Manifest> {
  /** Makes a new object; `conflict` where the name is taken. */
  create(manifest: Manifest, call?: Call): Promise<T>;
  /** Makes the object, or brings it in line; repeating it changes nothing. */
  apply(manifest: Manifest, call?: Call): Promise<T>;
  get(ref: ObjectRef, call?: Call): Promise<T>;
  list(query?: ListInput, call?: Call): List<T, Listed<T>>;
  /** Each change from now, or after `after`, over as many connections as it takes; until `call.signal` aborts, with whose reason it rejects. */
  watch(query?: WatchInput, call?: Call): AsyncIterable<Watched<T>>;
  /** Asks for deletion and answers before it is over. Deleting what is being deleted succeeds. */
  delete(ref: ObjectRef, call?: Call): Promise<T>;
}

/** The procedures of one kind. */
export interface ObjectCalls<T> {
  readonly kind: Kind;
  list(input: ListInput, call?: Call): Promise<Listed<T>>;
  get(ref: Ref, call?: Call): Promise<T>;
  delete(ref: Ref, call?: Call): Promise<T>;
  watch(input: WatchInput, call?: Call): AsyncIterable<Watched<T>>;
  apply(input: { readonly manifests: readonly unknown[]; readonly mode: 'create' | 'apply' }, call?: Call): Promise<readonly Applied[]>;
}

/** Of a kind whose procedures are `<group>.list`, `<group>.get` and so on. */
export function objectCalls<T>(calls: Calls, kind: Kind, group: 'budgets' | 'containers' | 'namespaces' | 'processors' | 'secrets' | 'services' | 'snapshots'): ObjectCalls<T> {
  // Each path answers with its own kind, which nothing here tells apart.
  return {
    kind,
    list: (input, call) => calls.query(`${group}.list`, input, call) as Promise<never>,
    get: (ref, call) => calls.query(`${group}.get`, ref, call) as Promise<never>,
    delete: (ref, call) => calls.mutate(`${group}.delete`, ref, call) as Promise<never>,
    watch: (input, call) => calls.subscribe(`${group}.watch`, input, call) as AsyncIterable<never>,
    apply: (input, call) => calls.mutate('manifests.write', input, call),
  };
}

/** `namespace` is where manifests go that name none; where the server puts them if absent. */
export function objectsClient<T, Manifest extends { readonly metadata?: object | undefined }>(calls: ObjectCalls<T>, resolve: Resolve, namespace?: string): ObjectsClient<T, Manifest> {
  const write = async (manifest: Manifest, mode: 'create' | 'apply', call?: Call): Promise<T> => {
    const metadata = { ...(namespace !== undefined && { namespace }), ...manifest.metadata };
    const [applied] = await calls.apply({ manifests: [{ ...manifest, metadata, kind: calls.kind }], mode }, call);
    if (!applied) throw new NebError('internal', 'the server did not say what became of the manifest');
    return calls.get(applied.id === undefined ? applied : { id: applied.id }, call);
  };
  return {
    create: (manifest, call) => write(manifest, 'create', call),
    apply: (manifest, call) => write(manifest, 'apply', call),
    get: (ref, call) => calls.get(resolve(ref), call),
    delete: (ref, call) => calls.delete(resolve(ref), call),
    list: (query = {}, call) => list((cursor) => calls.list(cursor === undefined ? query : { ...query, cursor }, call)),
    watch: (query = {}, call) => watchFromNow(calls, query, call),
  };
}

/** Knows from the start where it stands, so that a connection that breaks before the first change loses none. */
async function* watchFromNow<T>(calls: ObjectCalls<T>, query: WatchInput, call?: Call): AsyncGenerator<Watched<T>, void> {
  const after = query.after ?? (await calls.list({ namespace: query.namespace, limit: 1 }, call)).position;
  yield* calls.watch({ ...query, after }, call);
}
