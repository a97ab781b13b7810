import { isNebError, type Kind, kinds, type Metadata, NebError, ownNames } from '@neb/core-types';
import type { Objects } from '../services.ts';
import { parseLoosely } from './loosely.ts';
import { refOf, type RestCall } from './route.ts';

export type Patch = RestCall<unknown, Readonly<Record<string, unknown>>>;

interface Patched<T> {
  readonly kind: Kind;
  readonly objects: Objects<T>;
}

/** Reads, changes and writes the object that the path names, and answers with it; again where another changed it meanwhile, so that neither change is lost. */
export async function patchLoosely<T extends { readonly metadata: Metadata; readonly status: unknown }>(call: Patch, of: Patched<T>): Promise<T> {
  for (let left = tries; ; left--) {
    try {
      return await patchOnce(call, of);
    } catch (error) {
      if (left === 1 || !isNebError(error, 'conflict') || error.details?.stale !== true) throw error;
    }
  }
}

const tries = 8;

async function patchOnce<T extends { readonly metadata: Metadata; readonly status: unknown }>(call: Patch, { kind, objects }: Patched<T>): Promise<T> {
  const { who, context: { services }, body } = call;
  const { no_delete: keepInstance, labels, ...fields } = body;
  const { status: _, metadata: { name, namespace, id, version, labels: oldLabels, owner_ref: ownerRef }, ...old } = await objects.get(who, refOf(call));
  const { metadata: _m, ...changed } = ownNames(parseLoosely(fields, kind), kind);
  const manifest = { ...old, ...changed, kind, metadata: { name, namespace, labels: labels ?? oldLabels, ...(ownerRef !== undefined && { owner_ref: ownerRef }) } };
  const input = { manifests: [manifest], mode: 'apply', expected: [{ id, version }] } as const;
  if (keepInstance === true) {
    const [planned] = await services.apply(who, { ...input, dryRun: true });
    if (planned?.restarts) throw new NebError('invalid', `changing ${planned.changes.join(', ')} of ${kinds[kind].singular} ${namespace}/${name} needs a new instance, which no_delete forbids`);
  }
  await services.apply(who, input);
  return objects.get(who, refOf(call));
}
