import { type Caller, type Kind, NebError } from '@neb/core-types';
import { z } from 'zod';
import type { Objects } from '../services.ts';
import { parseLoosely } from './loosely.ts';
import { type listQuery, pages, type RestCall } from './route.ts';

/** Every object a query asks for, as `shape` shows it. */
export async function shownList<T>(call: RestCall<z.output<typeof listQuery>>, objects: Objects<T>, shape: (object: T) => object): Promise<{ items: object[]; next?: string | undefined }> {
  const { items, next } = await pages(call, (input) => objects.list(call.who, input));
  return { items: items.map(shape), ...(next !== undefined && { next }) };
}

/** A body of any shape, for `writeLoosely` to look at. */
export const looseBody = z.looseObject({});

export interface LooseWrite<T> {
  readonly kind: Kind;
  readonly mode: 'create' | 'apply';
  readonly objects: Objects<T>;
  /** Set over what the body says. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** Writes what the body describes, unknown fields dropped, and answers with the object as it is then. */
export async function writeLoosely<T>(call: RestCall, { kind, mode, objects, metadata }: LooseWrite<T>): Promise<T> {
  const { context, who } = call;
  const body = parseLoosely(call.body, kind);
  const manifest = { ...body, metadata: ownMetadata({ ...(body.metadata as object | undefined), ...metadata }, kind, who) };
  const [applied] = await context.services.apply(who, { manifests: [manifest], mode });
  if (!applied) throw new NebError('internal', 'nothing became of the manifest');
  return objects.get(who, applied.id === undefined ? { namespace: applied.namespace, name: applied.name } : { id: applied.id });
}

/** An object goes into the caller's own namespace where it names none, as the original had it. */
function ownMetadata(metadata: Readonly<Record<string, unknown>>, kind: Kind, who: Caller): object {
  if (kind === 'Namespace') return metadata;
  const { namespace = '-' } = metadata;
  return { ...metadata, namespace: namespace === '-' ? who.handle : namespace };
}
